#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <goldilocks/abi.h>

namespace goldilocks::plugins {

// A graph of values "v0" (the input), "v1", ... in a chain of operations, one for each type given; all have the same
// shape.
class SmallGraph {
 public:
  explicit SmallGraph(std::vector<std::string> types, std::vector<std::int64_t> dims = {2, 2})
      : types_(std::move(types)), dims_(std::move(dims)) {
    const std::size_t count = types_.size() + 1;
    indexes_.resize(count);
    names_.resize(count);
    values_.resize(count);
    operations_.resize(types_.size());
    for (std::size_t i = 0; i < count; ++i) {
      indexes_[i] = static_cast<std::uint32_t>(i);
      names_[i] = fmt::format("v{}", i);
      values_[i].struct_size = sizeof(glk_value);
      values_[i].type = GLK_FLOAT32;
      values_[i].name = names_[i].c_str();
      values_[i].rank = dims_.size();
      values_[i].dims = dims_.data();
      value_list_.push_back(&values_[i]);
    }
    layers_.resize(types_.size());
    for (std::size_t i = 0; i < types_.size(); ++i) {
      layers_[i] = fmt::format("layer {}", i);
      operations_[i].struct_size = sizeof(glk_operation);
      operations_[i].type = types_[i].c_str();
      operations_[i].layer = layers_[i].c_str();
      operations_[i].inputs = &indexes_[i];
      operations_[i].input_count = 1;
      operations_[i].outputs = &indexes_[i + 1];
      operations_[i].output_count = 1;
      operation_list_.push_back(&operations_[i]);
    }
    graph_.struct_size = sizeof(glk_graph);
    graph_.values = value_list_.data();
    graph_.value_count = count;
    graph_.operations = operation_list_.data();
    graph_.operation_count = types_.size();
    graph_.inputs = indexes_.data();
    graph_.input_count = 1;
    graph_.outputs = &indexes_.back();
    graph_.output_count = 1;
  }
  SmallGraph(const SmallGraph&) = delete;
  SmallGraph& operator=(const SmallGraph&) = delete;

  const glk_graph& get() const { return graph_; }
  void set_type(std::size_t value, std::int32_t type) { values_[value].type = type; }

 private:
  std::vector<std::string> types_, names_, layers_;
  std::vector<std::int64_t> dims_;
  std::vector<std::uint32_t> indexes_;
  std::vector<glk_value> values_;
  std::vector<const glk_value*> value_list_;
  std::vector<glk_operation> operations_;
  std::vector<const glk_operation*> operation_list_;
  glk_graph graph_{};
};

// A float32 tensor as an input of a run.
class InputTensor {
 public:
  InputTensor(std::vector<std::int64_t> dims, std::vector<float> values)
      : dims_(std::move(dims)), values_(std::move(values)) {
    tensor_.struct_size = sizeof(glk_tensor);
    tensor_.type = GLK_FLOAT32;
    tensor_.rank = dims_.size();
    tensor_.dims = dims_.data();
    tensor_.data = values_.data();
  }
  InputTensor(const InputTensor&) = delete;
  InputTensor& operator=(const InputTensor&) = delete;

  const glk_tensor* get() const { return &tensor_; }

 private:
  std::vector<std::int64_t> dims_;
  std::vector<float> values_;
  glk_tensor tensor_{};
};

}  // namespace goldilocks::plugins
