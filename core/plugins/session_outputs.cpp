#include "core/plugins/session_outputs.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <goldilocks/element_type.hpp>

#include "core/base/error.hpp"
#include "core/base/half.hpp"

namespace goldilocks::plugins {
namespace {

constexpr std::uint64_t rank_limit = 64;

// The number of elements, or nothing if a dimension is negative or the product is beyond any memory.
std::optional<std::size_t> count_of(std::span<const std::int64_t> dims) {
  constexpr std::size_t limit = std::numeric_limits<std::ptrdiff_t>::max() / 8;
  std::size_t count = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0) return std::nullopt;
    const auto length = static_cast<std::size_t>(dim);
    if (length != 0 && count > limit / length) return std::nullopt;
    count *= length;
  }
  return count;
}

template <class Element, class Convert>
void convert(std::span<const std::byte> from, std::span<float> to, const Convert& convert_one) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    Element element;
    std::memcpy(&element, from.data() + i * sizeof(Element), sizeof(Element));
    to[i] = convert_one(element);
  }
}

void convert_to_float(std::int32_t type, std::span<const std::byte> from, std::span<float> to) {
  const auto plainly = [](auto element) { return static_cast<float>(element); };
  switch (type) {
    case GLK_FLOAT16:
      return convert<std::uint16_t>(from, to, float_from_half);
    case GLK_FLOAT64:
      return convert<double>(from, to, plainly);
    case GLK_INT32:
      return convert<std::int32_t>(from, to, plainly);
    case GLK_INT64:
      return convert<std::int64_t>(from, to, plainly);
    case GLK_INT8:
      return convert<std::int8_t>(from, to, plainly);
    case GLK_INT16:
      return convert<std::int16_t>(from, to, plainly);
    case GLK_BOOL:
    case GLK_UINT8:
      return convert<std::uint8_t>(from, to, plainly);
    case GLK_UINT16:
      return convert<std::uint16_t>(from, to, plainly);
    case GLK_UINT32:
      return convert<std::uint32_t>(from, to, plainly);
    default:
      return;
  }
}

}  // namespace

SessionOutputs::SessionOutputs(const glk_graph& graph, std::span<const std::uint32_t> wanted) {
  outputs_.struct_size = sizeof(glk_outputs);
  outputs_.context = this;
  outputs_.output = &output;
  slots_.resize(wanted.size());
  tensors_.resize(wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) slots_[i].value = graph.values[wanted[i]];
}

void SessionOutputs::reset() {
  refusal_.clear();
  for (Slot& slot : slots_) slot.type = 0;
}

void* SessionOutputs::output(void* context, std::uint64_t index, std::int32_t type, std::uint64_t rank,
                             const std::int64_t* dims) noexcept {
  auto& outputs = *static_cast<SessionOutputs*>(context);
  try {
    if (rank > rank_limit || (rank > 0 && dims == nullptr)) {
      outputs.refusal_ = fmt::format("asked for output {} of rank {} without readable dimensions", index, rank);
      return nullptr;
    }
    return outputs.provide(index, type, {dims, rank});
  } catch (const std::exception&) {
    return nullptr;  // out of memory, as the interface says it
  }
}

std::string SessionOutputs::shape_problem(const glk_value& value, std::span<const std::int64_t> dims) const {
  const std::span<const std::int64_t> declared(value.dims, value.rank);
  const bool fits = std::ranges::equal(declared, dims, [](auto known, auto dim) { return known < 0 || known == dim; });
  if (fits) return {};
  return fmt::format("returned '{}' with the shape [{}] instead of [{}]", value.name, fmt::join(dims, ", "),
                     fmt::join(declared, ", "));
}

void* SessionOutputs::provide(std::uint64_t index, std::int32_t type, std::span<const std::int64_t> dims) {
  if (index >= slots_.size()) {
    refusal_ = fmt::format("asked for output {} of {}", index, slots_.size());
    return nullptr;
  }
  Slot& slot = slots_[index];
  Tensor& tensor = tensors_[index];
  if (slot.type != 0) {
    // Asking again is no error as long as it is the same question.
    if (slot.type == type && std::ranges::equal(tensor.dims, dims)) return buffer_of(index);
    refusal_ = fmt::format("asked for '{}' twice, in different types or shapes", slot.value->name);
    return nullptr;
  }
  if (std::string wrong_shape = shape_problem(*slot.value, dims); !wrong_shape.empty()) {
    refusal_ = std::move(wrong_shape);
    return nullptr;
  }
  const std::size_t size = element_size(type);
  const std::optional<std::size_t> count = count_of(dims);
  const bool same_kind = (type == GLK_STRING) == (slot.value->type == GLK_STRING);
  if (size == 0 || !count || !same_kind) {
    refusal_ = fmt::format("asked for '{}' with the type {} and the shape [{}]", slot.value->name, type,
                           fmt::join(dims, ", "));
    return nullptr;
  }
  tensor.dims.assign(dims.begin(), dims.end());
  slot.type = type;
  slot.count = *count;
  const bool as_float32 = type == GLK_FLOAT32 || slot.value->type == GLK_FLOAT32;
  tensor.type = as_float32 ? GLK_FLOAT32 : type;
  tensor.values.resize(as_float32 ? *count : 0);
  slot.staged.resize(type == GLK_STRING || (as_float32 && type != GLK_FLOAT32) ? *count * size : 0);
  tensor.bytes.resize(as_float32 || type == GLK_STRING ? 0 : *count * size);
  return buffer_of(index);
}

// Where the backend writes. Null would mean that there is no memory, also where nothing is to be written.
void* SessionOutputs::buffer_of(std::size_t index) {
  const auto place = [](auto& buffer) -> void* {
    buffer.reserve(1);
    return buffer.data();
  };
  const Slot& slot = slots_[index];
  Tensor& tensor = tensors_[index];
  if (slot.type == GLK_FLOAT32) return place(tensor.values);
  return slot.type == GLK_STRING || tensor.type == GLK_FLOAT32 ? place(slots_[index].staged) : place(tensor.bytes);
}

std::string SessionOutputs::problem() const {
  if (!refusal_.empty()) return refusal_;
  const auto unset = std::ranges::find(slots_, 0, &Slot::type);
  return unset == slots_.end() ? "" : fmt::format("left '{}' unset", unset->value->name);
}

const std::vector<Tensor>& SessionOutputs::collect() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    Tensor& tensor = tensors_[i];
    if (tensor.type == GLK_FLOAT32 && slot.type != GLK_FLOAT32) {
      convert_to_float(slot.type, slot.staged, tensor.values);
    }
    tensor.texts.clear();
    for (std::size_t element = 0; slot.type == GLK_STRING && element < slot.count; ++element) {
      const char* text = nullptr;
      std::memcpy(&text, slot.staged.data() + element * sizeof(text), sizeof(text));
      if (text == nullptr) throw PluginError(fmt::format("returned '{}' with a null string", slot.value->name));
      tensor.texts.emplace_back(text);
    }
  }
  return tensors_;
}

}  // namespace goldilocks::plugins
