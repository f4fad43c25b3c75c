#include "core/plugins/session_outputs.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"

namespace goldilocks::plugins {
namespace {

constexpr std::uint64_t rank_limit = 64;

std::size_t size_of(std::int32_t type) {
  switch (type) {
    case GLK_FLOAT16:
      return 2;
    case GLK_FLOAT32:
    case GLK_INT32:
      return 4;
    case GLK_FLOAT64:
    case GLK_INT64:
      return 8;
    case GLK_STRING:
      return sizeof(const char*);
    default:
      return 0;
  }
}

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
    if (slot.type == type && std::ranges::equal(tensor.dims, dims)) {
      return type == GLK_FLOAT32 ? static_cast<void*>(tensor.values.data()) : slot.staged.data();
    }
    refusal_ = fmt::format("asked for '{}' twice, in different types or shapes", slot.value->name);
    return nullptr;
  }
  if (std::string wrong_shape = shape_problem(*slot.value, dims); !wrong_shape.empty()) {
    refusal_ = std::move(wrong_shape);
    return nullptr;
  }
  const std::size_t element_size = size_of(type);
  const std::optional<std::size_t> count = count_of(dims);
  const bool same_kind = (type == GLK_STRING) == (slot.value->type == GLK_STRING);
  if (element_size == 0 || !count || !same_kind) {
    refusal_ = fmt::format("asked for '{}' with the type {} and the shape [{}]", slot.value->name, type,
                           fmt::join(dims, ", "));
    return nullptr;
  }
  tensor.dims.assign(dims.begin(), dims.end());
  // Null would mean that there is no memory, also where nothing is to be written.
  tensor.values.reserve(1);
  tensor.values.resize(*count);
  slot.type = type;
  if (type == GLK_FLOAT32) return tensor.values.data();
  slot.staged.reserve(1);
  slot.staged.resize(*count * element_size);
  return slot.staged.data();
}

std::string SessionOutputs::problem() const {
  if (!refusal_.empty()) return refusal_;
  const auto unset = std::ranges::find(slots_, 0, &Slot::type);
  return unset == slots_.end() ? "" : fmt::format("left '{}' unset", unset->value->name);
}

const std::vector<Tensor>& SessionOutputs::collect() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].type != GLK_FLOAT32) convert_to_float(slots_[i].type, slots_[i].staged, tensors_[i].values);
  }
  return tensors_;
}

std::vector<TypedTensor> SessionOutputs::collect_typed() const {
  std::vector<TypedTensor> results;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    TypedTensor result{slots_[i].type, tensors_[i].dims, {}, {}};
    if (result.type == GLK_FLOAT32) {
      const auto bytes = std::as_bytes(std::span(tensors_[i].values));
      result.bytes.assign(bytes.begin(), bytes.end());
    } else if (result.type != GLK_STRING) {
      result.bytes = slots_[i].staged;
    } else {
      for (std::size_t element = 0; element < tensors_[i].values.size(); ++element) {
        const char* text = nullptr;
        std::memcpy(&text, slots_[i].staged.data() + element * sizeof(text), sizeof(text));
        if (text == nullptr) throw PluginError(fmt::format("returned '{}' with a null string", slots_[i].value->name));
        result.texts.emplace_back(text);
      }
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace goldilocks::plugins
