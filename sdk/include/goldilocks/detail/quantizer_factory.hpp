#pragma once

// The C side of a C++ quantizer. Handles are pointers to C++ objects; every function is a border that no exception
// passes.
#include <memory>
#include <string>
#include <vector>

#include <goldilocks/detail/factory_base.hpp>
#include <goldilocks/quantizer.hpp>

namespace goldilocks::detail {

struct QuantizerTaskHandle {
  Weights weights;
  std::unique_ptr<QuantizerTask> task;
};

inline Weights weights_from(const glk_weights& given) {
  Weights weights;
  weights.values = {given.values, given.count};
  weights.dims = {given.dims, given.rank};
  weights.channel_axis = given.channel_axis;
  weights.channels = given.channels;
  weights.is_vector = given.kind == GLK_PARAMETER_VECTOR;
  if (given.importance != nullptr) weights.importance = {given.importance, given.count};
  weights.layer = given.layer;
  weights.layer_type = given.layer_type;
  weights.parameter = given.parameter;
  weights.stored_form = given.stored_form;
  weights.stored_bits = given.stored_bits;
  if (GLK_HAS(&given, glk_weights, accepted_forms)) weights.accepted_forms = given.accepted_forms;
  if (GLK_HAS(&given, glk_weights, value_type)) weights.value_type = given.value_type;
  if (GLK_HAS(&given, glk_weights, vector_length) && given.vector_length > 1) {
    weights.vector_length = given.vector_length;
  }
  return weights;
}

// The factory of one class with all that its C struct points to.
template <class Class>
class QuantizerFactory : private FactoryBase<Class, Quantizer> {
 public:
  QuantizerFactory(const char* name, const char* summary) {
    const Quantizer& function = this->prototype();
    for (const int width : function.widths()) widths_.push_back(width);
    for (const int width : function.zero_point_widths()) zero_point_widths_.push_back(width);
    layer_types_ = function.layer_types();
    for (const std::string& type : layer_types_) layer_type_list_.push_back(type.c_str());
    parameters_ = function.parameters();
    for (const std::string& parameter : parameters_) parameter_list_.push_back(parameter.c_str());

    this->describe(factory_, name, summary);
    factory_.chooses_width = function.chooses_width() ? 1 : 0;
    factory_.widths = widths_.data();
    factory_.width_count = widths_.size();
    factory_.zero_point_widths = zero_point_widths_.data();
    factory_.zero_point_width_count = zero_point_widths_.size();
    factory_.layer_types = layer_type_list_.data();
    factory_.layer_type_count = layer_type_list_.size();
    factory_.parameters = parameter_list_.data();
    factory_.parameter_count = parameter_list_.size();
    factory_.takes_quantized = function.takes_quantized() ? 1 : 0;
    factory_.vector_tables = function.vector_tables() ? 1 : 0;
    factory_.create = &create;
    factory_.destroy = &destroy;
    factory_.begin = &begin;
    factory_.quantize = &quantize;
    factory_.end = &end;
  }

  const glk_quantizer_factory* get() const { return &factory_; }

  // One per class, made at the first call and never destroyed: the host may use it until the process ends.
  static const QuantizerFactory& instance(const char* name, const char* summary) {
    static const auto* const factory = new QuantizerFactory(name, summary);
    return *factory;
  }

 private:
  static glk_status create(const glk_host* host, const glk_options* options, glk_quantizer** quantizer,
                           glk_error* error) {
    return guarded(error, [&] {
      auto object = make_configured<Class, Quantizer>(host, options);
      object->prepare();
      *quantizer = reinterpret_cast<glk_quantizer*>(object.release());
    });
  }

  static void destroy(glk_quantizer* quantizer) { delete reinterpret_cast<Quantizer*>(quantizer); }

  static glk_status begin(glk_quantizer* quantizer, const glk_weights* weights, glk_quantizer_task** task,
                          glk_error* error) {
    return guarded(error, [&] {
      auto handle = std::make_unique<QuantizerTaskHandle>();
      handle->weights = weights_from(*weights);
      handle->task = reinterpret_cast<Quantizer*>(quantizer)->begin(handle->weights);
      if (handle->task == nullptr) throw Failure(GLK_ERROR_INTERNAL, "begin() returned no task");
      *task = reinterpret_cast<glk_quantizer_task*>(handle.release());
    });
  }

  static glk_status quantize(glk_quantizer_task* task, std::int32_t bits, glk_quantized* result, glk_error* error) {
    return guarded(error, [&] {
      auto& handle = *reinterpret_cast<QuantizerTaskHandle*>(task);
      Result out(result, handle.weights);
      handle.task->quantize(bits, out);
    });
  }

  static void end(glk_quantizer_task* task) { delete reinterpret_cast<QuantizerTaskHandle*>(task); }

  std::vector<std::int32_t> widths_, zero_point_widths_;
  std::vector<std::string> layer_types_;
  std::vector<const char*> layer_type_list_;
  std::vector<std::string> parameters_;
  std::vector<const char*> parameter_list_;
  glk_quantizer_factory factory_{};
};

template <class Class>
const glk_quantizer_factory* quantizer_factory(const char* name, const char* summary) {
  return QuantizerFactory<Class>::instance(name, summary).get();
}

}  // namespace goldilocks::detail
