#include "core/formats/ml_program/program_weights.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/ml_program/constant_operations.hpp"
#include "core/formats/ml_program/stored_constant.hpp"

namespace goldilocks::ml_program {
namespace {

constexpr std::uint64_t least_count = 10;        // the reference implementation leaves smaller constants alone
constexpr std::uint64_t usual_threshold = 2048;  // as the reference implementation selects weights
constexpr std::string_view default_file = "@model_path/weights/weight.bin";

bool flag(const Operation& operation, std::string_view parameter, const Constants& constants) {
  const auto dense = constants.dense(operation, parameter);
  return dense && !dense->bytes().empty() && dense->bytes()[0] != std::byte{0};
}

// The axes of a weight of this rank that an operation reads: those of its output and input channels.
weights::Axes axes_for(const Operation& operation, std::string_view parameter, std::int64_t rank,
                       const Constants& constants) {
  if (rank < 2) return {.output = rank - 1, .input = -1};
  if (operation.type == "conv_transpose" && parameter == "weight") return {.output = 1, .input = 0};
  if (operation.type == "matmul" && (parameter == "x" || parameter == "y")) {
    const bool is_y = parameter == "y";
    const bool is_transposed = flag(operation, is_y ? "transpose_y" : "transpose_x", constants);
    return is_y != is_transposed ? weights::Axes{.output = rank - 1, .input = rank - 2}
                                 : weights::Axes{.output = rank - 2, .input = rank - 1};
  }
  return {.output = 0, .input = 1};
}

// The first weight file that the constant's parts lie in.
void find_file(const Operation& operation, const Constants& constants, std::string& file) {
  const auto look = [&](const std::shared_ptr<const Value>& value) {
    if (file.empty() && value != nullptr && value->blob) file = value->blob->file;
  };
  for (const Attribute& attribute : operation.attributes) look(attribute.value);
  for (const Argument& argument : operation.inputs) {
    for (const Binding& binding : argument.bindings) {
      look(binding.value);
      const ConstantSource* source = binding.value == nullptr ? constants.find(binding.name) : nullptr;
      if (source != nullptr) find_file(*source->operation, constants, file);
    }
  }
}

// What tells one constant from another: the places of its parts in the files, or in memory before they are written.
bool describe(const Operation& operation, const Constants& constants, std::string& text_of_parts) {
  bool has_blob = false;
  const auto add = [&](std::string_view parameter, const std::shared_ptr<const Value>& value) {
    if (value == nullptr || parameter == "name") return;
    text_of_parts += fmt::format("|{} {}", parameter, text(value->type));
    if (value->blob) {
      has_blob = true;
      text_of_parts += fmt::format(" {} {}", value->blob->file, value->blob->offset);
      // What is in no file yet has no place in one.
      if (value->blob->index == blob_to_be_written) {
        text_of_parts += fmt::format(" {}", static_cast<const void*>(value->bytes.data()));
      }
    } else {
      for (const std::byte byte : value->bytes) text_of_parts += static_cast<char>(byte);
    }
  };
  text_of_parts += operation.type;
  for (const Attribute& attribute : operation.attributes) add(attribute.name, attribute.value);
  for (const Argument& argument : operation.inputs) {
    for (const Binding& binding : argument.bindings) {
      add(argument.parameter, binding.value);
      const ConstantSource* source = binding.value == nullptr ? constants.find(binding.name) : nullptr;
      if (source != nullptr) has_blob = describe(*source->operation, constants, text_of_parts) || has_blob;
    }
  }
  return has_blob;
}

std::string parameter_text(const Argument& argument, std::size_t index) {
  return argument.bindings.size() == 1 ? argument.parameter : fmt::format("{}[{}]", argument.parameter, index);
}

}  // namespace

class ProgramWeights::Walk {
 public:
  Walk(ProgramWeights& weights, std::string place, Opset ceiling)
      : weights_(&weights), place_(std::move(place)), ceiling_(ceiling) {}

  void run() {
    const std::vector<Function>& functions = weights_->program_->functions;
    for (const Function& function : functions) {
      const Block* body = function.body();
      if (body == nullptr) continue;
      function_name_ = function.name;
      function_ = functions.size() > 1 ? function.name + "/" : "";
      where_ = functions.size() > 1 ? fmt::format("{}: function '{}'", place_, function.name) : place_;
      walk(*body, nullptr);
    }
    std::erase_if(entries_, [](const Entry& entry) { return entry.weight.parameter.empty(); });  // nothing reads it
    for (Entry& entry : entries_) finish(entry);
    std::ranges::stable_sort(entries_, {}, [](const Entry& entry) { return entry.weight.layer_index; });
    std::map<std::size_t, std::uint64_t> largest;
    for (const Entry& entry : entries_) {
      std::uint64_t& count = largest[entry.weight.layer_index];
      count = std::max(count, entry.weight.count);
    }
    for (Entry& entry : entries_) {
      entry.weight.layer_count = largest[entry.weight.layer_index];
      weights_->weights_.push_back(std::move(entry.weight));
      weights_->details_.push_back(std::move(entry.detail));
    }
  }

 private:
  struct Entry {
    weights::Weight weight;
    ProgramWeight detail;
    std::string other_axes;  // a reader with other axes
  };

  void walk(const Block& block, const Constants* around) {
    const Constants& constants = weights_->constants_.emplace_back(block, around);
    for (const Operation& operation : block.operations) {
      if (!is_constant(operation)) read(operation, constants);
      for (const Block& inner : operation.blocks) walk(inner, &constants);
    }
    for (const std::string& output : block.outputs) {
      Entry* entry = entry_of(output, constants);
      if (entry != nullptr)
        entry->weight.kept = "it is a result of the program, which runtimes get wrong if compressed";
    }
  }

  void read(const Operation& operation, const Constants& constants) {
    const std::size_t index = readers_++;
    for (const Argument& argument : operation.inputs) {
      for (std::size_t i = 0; i < argument.bindings.size(); ++i) {
        if (argument.bindings[i].value != nullptr) continue;
        Entry* entry = entry_of(argument.bindings[i].name, constants);
        if (entry != nullptr) add_reader(*entry, operation, parameter_text(argument, i), index, constants);
      }
    }
  }

  void add_reader(Entry& entry, const Operation& operation, const std::string& parameter, std::size_t index,
                  const Constants& constants) const {
    weights::Weight& weight = entry.weight;
    const auto rank = static_cast<std::int64_t>(weight.shape.size());
    const weights::Axes axes = axes_for(operation, parameter, rank, constants);
    if (!weight.parameter.empty()) {
      if (axes != weight.axes && entry.other_axes.empty()) entry.other_axes = name_of(operation);
      weight.other_readers.push_back({.function = function_name_,
                                      .layer = function_ + std::string(name_of(operation)),
                                      .name = std::string(name_of(operation)),
                                      .operation = operation.type,
                                      .parameter = parameter});
      return;
    }
    weight.function = function_name_;
    weight.name = name_of(operation);
    weight.layer = function_ + weight.name;
    weight.operation = operation.type;
    weight.parameter = parameter;
    weight.place = fmt::format("{}: operation '{}', {}", where_, weight.name, parameter);
    weight.axes = axes;
    weight.layer_index = index;
  }

  // The weight that the constant of this name is, new if it is seen for the first time; null where it is none.
  Entry* entry_of(std::string_view name, const Constants& constants) {
    const ConstantSource* source = constants.find(name);
    if (source == nullptr) return nullptr;
    const Operation& operation = *source->operation;
    const auto known = by_operation_.find(&operation);
    if (known != by_operation_.end()) return &entries_[known->second];
    const Type& type = operation.outputs[source->result].type;
    const bool is_weight = type.is_tensor() && !type.shape.empty() &&
                           (type.element == ElementType::float16 || type.element == ElementType::float32);
    if (!is_weight || element_count(type.shape).value_or(0) == 0) return nullptr;
    std::string parts;
    std::size_t index = entries_.size();
    if (describe(operation, constants, parts)) index = by_parts_.try_emplace(parts, index).first->second;
    by_operation_.emplace(&operation, index);
    if (index == entries_.size()) {
      Entry& entry = entries_.emplace_back();
      entry.weight.shape = type.shape;
      entry.detail.element = type.element;
    }
    entries_[index].detail.places.push_back({&operation, &constants});
    return &entries_[index];
  }

  void finish(Entry& entry) const {
    weights::Weight& weight = entry.weight;
    const ProgramWeight::Place& place = entry.detail.places.front();
    weight.constant = name_of(*place.operation);
    weight.count = static_cast<std::uint64_t>(element_count(weight.shape).value_or(0));
    weight.role = weight.shape.size() < 2 ? weights::Role::vector : weights::Role::matrix;
    weight.may_be_infinite = true;
    weight.code_order = weights::BitOrder::lowest_first;
    if (weight.shape.size() < 2) weight.usually_left = "one dimension alone";
    weight.usual_threshold = usual_threshold;
    weight.accepted = accepted_encodings(weight.shape, entry.detail.element, ceiling_);
    find_file(*place.operation, *place.constants, entry.detail.file);
    if (entry.detail.file.empty()) entry.detail.file = default_file;
    const ConstantSource source{.operation = place.operation};
    if (const auto stored = stored_constant(source, *place.constants, weight.axes)) {
      weight.stored = stored->encoding;
      weight.bytes = stored->bytes();
    } else if (weight.kept.empty()) {
      weight.kept = "it is compressed in a way that is left as it is";
    }
    if (!weight.kept.empty()) return;
    if (weight.count < least_count) weight.kept = fmt::format("fewer than {} values", least_count);
    if (!entry.other_axes.empty()) {
      weight.kept = fmt::format("operation '{}' reads it with other channels", entry.other_axes);
    }
  }

  ProgramWeights* weights_;
  std::string place_;
  Opset ceiling_;
  std::string function_name_;
  std::string function_;  // begins the names of layers
  std::string where_;
  std::deque<Entry> entries_;
  std::unordered_map<const Operation*, std::size_t> by_operation_;
  std::unordered_map<std::string, std::size_t> by_parts_;
  std::size_t readers_ = 0;
};

ProgramWeights::ProgramWeights(const Program& program, const std::string& place, Opset ceiling) : program_(&program) {
  Walk(*this, place, ceiling).run();
}

weights::Stored ProgramWeights::read(std::size_t index) const {
  const ProgramWeight::Place& place = details_.at(index).places.front();
  auto stored = stored_constant({.operation = place.operation}, *place.constants, weights_[index].axes);
  if (!stored) throw ModelError(weights_[index].place, "it is compressed in a way that can't be read as a weight");
  return *std::move(stored);
}

weights::Accepted accepted_encodings(std::span<const std::int64_t> shape, ElementType element, Opset ceiling) {
  using weights::Granularity;
  using weights::Kind;
  weights::Accepted accepted;
  for (int number = 1; number < weights::kinds; ++number) {
    weights::AcceptedKind row{.kind = static_cast<Kind>(number), .granularities = 0};
    weights::Encoding asked{.kind = row.kind, .entry = weights::float16};
    const bool is_coded = weights::is_coded(row.kind);
    for (int bits = 1; bits <= 32; ++bits) {
      asked.bits = bits;
      asked.vector = row.kind == Kind::vector_table ? 2 : 1;
      for (int kind = 0; kind < 5; ++kind) {
        asked.granularity.kind = static_cast<Granularity::Kind>(kind);
        const auto opset = opset_for(asked, shape, element);
        if (!opset || *opset > ceiling) continue;
        row.granularities |= 1U << static_cast<unsigned>(kind);
        if (is_coded) row.widths |= 1U << static_cast<unsigned>(bits);
      }
    }
    if (row.granularities == 0) continue;
    const bool is_late = ceiling >= Opset::ios18 && weights::is_table(row.kind);
    row.has_vectors = is_late;
    row.has_int8_entries = is_late;
    row.has_channel_scale = is_late;
    row.scale_comes_first = is_late && ceiling < Opset::ios26;
    accepted.kinds.push_back(row);
  }
  return accepted;
}

}  // namespace goldilocks::ml_program
