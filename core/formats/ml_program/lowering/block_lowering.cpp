#include "core/formats/ml_program/lowering/block_lowering.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"
#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

// int16 and uint16 may be stored wider than they are.
std::size_t stored_width(const Value& value) {
  return value.widened ? 4 : static_cast<std::size_t>(bits(value.type.element)) / 8;
}

bool is_whole_bytes(ElementType element) { return bits(element) % 8 == 0 && bits(element) > 0; }

// As the graph has it: float16 widened, integers of less than 8 bits in bytes, 64 bits as int32.
std::shared_ptr<const GraphConstant> converted(const Value& value) {
  auto constant = std::make_shared<GraphConstant>();
  const std::int32_t type = graph_type(value.type.element);
  constant->dims = value.type.shape;
  const bool same = is_whole_bytes(value.type.element) && value.type.element != ElementType::float16 &&
                    stored_width(value) == graph::element_size(type);
  const bool aligned = reinterpret_cast<std::uintptr_t>(value.bytes.data()) % graph::element_size(type) == 0;
  if (same && aligned && !value.bytes.empty()) {
    constant->view = graph::view_of(type, constant->dims, value.bytes.data());
    return constant;
  }
  constant->owned = graph::OwnedTensor::zeros(type, constant->dims);
  const graph::MutableTensorView target = constant->owned.mutable_view();
  if (same) {
    std::memcpy(target.bytes(), value.bytes.data(), value.bytes.size());
  } else if (type == GLK_FLOAT32) {
    for (std::size_t index = 0; index < target.values.size(); ++index) {
      target.values[index] = static_cast<float>(number_at(value, index));
    }
  } else {
    graph::visit_number_type(type, [&](auto element) {
      const auto elements = target.elements<decltype(element)>();
      for (std::size_t index = 0; index < elements.size(); ++index) {
        elements[index] = static_cast<decltype(element)>(integer_at(value, index));
      }
    });
  }
  constant->view = constant->owned.view();
  return constant;
}

std::shared_ptr<const GraphConstant> converted(const DenseTensor& tensor) {
  Value value;
  value.type = tensor.type;
  value.bytes = tensor.bytes();
  auto constant = std::make_shared<GraphConstant>(*converted(value));
  if (!tensor.owned.empty() && constant->owned.memory.empty()) {
    // What was decompressed goes with `tensor`.
    const std::size_t size = constant->view.size() * graph::element_size(constant->view.type);
    graph::OwnedTensor copy = graph::OwnedTensor::zeros(constant->view.type, constant->dims);
    std::memcpy(copy.memory.data(), constant->view.bytes(), size);
    constant->owned = std::move(copy);
  }
  constant->view = constant->owned.memory.empty()
                       ? graph::view_of(constant->view.type, constant->dims, constant->view.bytes())
                       : constant->owned.view();
  return constant;
}

// An operation reads what another one that can't be run would have given; nothing is wrong with it.
struct ReadsRefused {};

// Beyond these, problems are counted.
constexpr std::size_t most_problems = 20;

[[noreturn]] void refuse_all(const std::vector<std::string>& problems) {
  std::string text = fmt::format("{} operations can't be run:", problems.size());
  for (std::size_t i = 0; i < std::min(problems.size(), most_problems); ++i) text += "\n  " + problems[i];
  if (problems.size() > most_problems) text += fmt::format("\n  and {} more", problems.size() - most_problems);
  throw ModelError(text);
}

bool is_number_tensor(const Value& value) {
  return value.type.is_tensor() && value.strings.empty() && value.type.element != ElementType::string;
}

}  // namespace

std::int32_t graph_type(ElementType element) {
  switch (element) {
    case ElementType::boolean:
      return GLK_BOOL;
    case ElementType::float16:
    case ElementType::float32:
    case ElementType::float64:
    case ElementType::bfloat16:
    case ElementType::float8_e4m3fn:
    case ElementType::float8_e5m2:
      return GLK_FLOAT32;
    case ElementType::int4:
    case ElementType::int8:
      return GLK_INT8;
    case ElementType::int16:
      return GLK_INT16;
    case ElementType::uint1:
    case ElementType::uint2:
    case ElementType::uint3:
    case ElementType::uint4:
    case ElementType::uint6:
    case ElementType::uint8:
      return GLK_UINT8;
    case ElementType::uint16:
      return GLK_UINT16;
    case ElementType::uint32:
      return GLK_UINT32;
    case ElementType::string:
      return GLK_STRING;
    default:
      return GLK_INT32;
  }
}

BlockLowering::BlockLowering(FunctionContext& context, const Block& block, GraphBuilder& graph, BlockLowering* around)
    : context_(context),
      block_(block),
      graph_(graph),
      around_(around),
      constants_(block, around == nullptr ? nullptr : &around->constants_) {
  for (const Operation& operation : block.operations) {
    if (!is_constant(operation)) continue;
    const Attribute* val = operation.type == "const" ? find_attribute(operation, "val") : nullptr;
    for (const NamedType& output : operation.outputs) {
      locals_[output.name] = {output.type, nullptr, val == nullptr ? nullptr : val->value.get(), std::nullopt};
    }
  }
}

std::shared_ptr<const GraphConstant> BlockLowering::constant_of(std::string_view name) const {
  const ConstantSource* source = constants_.find(name);
  if (source == nullptr) return nullptr;
  if (const Attribute* val = source->operation->type == "const" ? find_attribute(*source->operation, "val") : nullptr) {
    return val->value != nullptr && is_number_tensor(*val->value) ? converted(*val->value) : nullptr;
  }
  const std::optional<DenseTensor> dense = constants_.dense(*source);
  return dense ? converted(*dense) : nullptr;
}

Local& BlockLowering::find(std::string_view name) {
  if (refused_.contains(name)) throw ReadsRefused();
  const auto found = locals_.find(name);
  if (found != locals_.end()) {
    Local& local = found->second;
    if (!local.node && local.constant == nullptr) local.constant = constant_of(name);
    return local;
  }
  if (around_ == nullptr) throw ModelError(fmt::format("no value '{}' is defined before", name));
  const Local& outer = around_->find(name);
  // What is constant around is constant here, too.
  Local local{outer.type, outer.constant, outer.value, std::nullopt};
  if (outer.node && local.constant == nullptr && around_->graph_.is_constant(*outer.node)) {
    auto constant = std::make_shared<GraphConstant>();
    constant->dims = around_->graph_.dims(*outer.node);
    const graph::TensorView tensor = around_->graph_.tensor(*outer.node);
    constant->owned = graph::OwnedTensor::zeros(tensor.type, constant->dims);
    std::memcpy(constant->owned.memory.data(), tensor.bytes(), tensor.size() * graph::element_size(tensor.type));
    constant->view = constant->owned.view();
    local.constant = std::move(constant);
  }
  return locals_[name] = std::move(local);
}

std::uint32_t BlockLowering::node(Local& local, std::string_view name) {
  if (local.node) return *local.node;
  if (local.constant != nullptr) {
    const graph::TensorView view = local.constant->view;
    local.node = graph_.add_constant(graph_.derived_name(std::string(name)), view, local.constant);
    return *local.node;
  }
  if (around_ == nullptr || local.value != nullptr) {
    throw ModelError(fmt::format("'{}' is {}, and is read as a tensor", name, text(local.type)));
  }
  capture(name);
  return *local.node;
}

void BlockLowering::capture(std::string_view name) {
  Local& local = find(name);
  if (local.node || local.constant != nullptr) return;
  const std::uint32_t outer = around_->node(name);
  local.node = graph_.add_input(graph_.derived_name(std::string(name)), around_->graph_.dims(outer),
                                around_->graph_.type(outer));
  captures_.push_back({name, outer});
}

Local BlockLowering::inline_constant(const Value& value) const {
  return {value.type, is_number_tensor(value) ? converted(value) : nullptr, &value, std::nullopt};
}

void BlockLowering::run() {
  std::optional<ModelError> first;
  std::vector<std::string> problems;
  for (const Operation& operation : block_.operations) {
    if (is_constant(operation)) continue;
    try {
      OperationLowering lowering(*this, operation);
      lowering.run();
      continue;
    } catch (const ReadsRefused&) {
      // Said of that one.
    } catch (const ModelError& error) {
      if (!first) first = error;
      problems.emplace_back(error.what());
    }
    for (const NamedType& output : operation.outputs) refused_.insert(output.name);
  }
  if (problems.size() == 1) throw ModelError(*first);
  if (!problems.empty()) refuse_all(problems);
}

}  // namespace goldilocks::ml_program
