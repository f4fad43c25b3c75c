#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include <goldilocks/abi.h>
#include <goldilocks/element_type.hpp>
#include <goldilocks/graph/graph.hpp>

// The types of a tensor's elements, by the numbers of abi.h.
namespace goldilocks::graph {

using goldilocks::element_size;
using goldilocks::type_name;

// The type that a C++ type stands for. GLK_BOOL and GLK_UINT8 are both std::uint8_t, which reads as the latter.
template <class Element>
constexpr std::int32_t type_of = std::is_same_v<Element, float>           ? GLK_FLOAT32
                                 : std::is_same_v<Element, double>        ? GLK_FLOAT64
                                 : std::is_same_v<Element, std::int8_t>   ? GLK_INT8
                                 : std::is_same_v<Element, std::int16_t>  ? GLK_INT16
                                 : std::is_same_v<Element, std::int32_t>  ? GLK_INT32
                                 : std::is_same_v<Element, std::int64_t>  ? GLK_INT64
                                 : std::is_same_v<Element, std::uint8_t>  ? GLK_UINT8
                                 : std::is_same_v<Element, std::uint16_t> ? GLK_UINT16
                                 : std::is_same_v<Element, std::uint32_t> ? GLK_UINT32
                                                                          : GLK_STRING;

// IEEE halves: rounded to nearest, halves to even; what is too large becomes infinity.
std::uint16_t half_from_float(float value);
float float_from_half(std::uint16_t bits);
// The half that is nearest to a value, as a float32.
float rounded_to_half(float value);

// Dense row-major arrays that belong to someone else. A TensorView without elements stands for an optional input that
// is absent. float32, which nearly all tensors hold, lies in `values`; elements of another type are at `data`.
struct TensorView {
  std::span<const std::int64_t> dims;
  std::span<const float> values;
  std::int32_t type = GLK_FLOAT32;
  const void* data = nullptr;

  bool present() const { return values.data() != nullptr || data != nullptr; }
  std::size_t size() const;  // elements
  // The caller has made sure of the type.
  template <class Element>
  std::span<const Element> elements() const {
    if constexpr (std::is_same_v<Element, float>) {
      return values;
    } else {
      return {static_cast<const Element*>(data), size()};
    }
  }
  const void* bytes() const { return type == GLK_FLOAT32 ? values.data() : data; }
};

struct MutableTensorView {
  std::span<const std::int64_t> dims;
  std::span<float> values;
  std::int32_t type = GLK_FLOAT32;
  void* data = nullptr;

  std::size_t size() const;
  template <class Element>
  std::span<Element> elements() const {
    if constexpr (std::is_same_v<Element, float>) {
      return values;
    } else {
      return {static_cast<Element*>(data), size()};
    }
  }
  void* bytes() const { return type == GLK_FLOAT32 ? values.data() : data; }
  TensorView view() const { return {dims, values, type, data}; }
};

// A view of what lies at `data`, which is not null.
TensorView view_of(std::int32_t type, std::span<const std::int64_t> dims, const void* data);
MutableTensorView mutable_view_of(std::int32_t type, std::span<const std::int64_t> dims, void* data);

// Tensors that own their elements; strings belong to whoever gave them.
struct OwnedTensor {
  std::int32_t type = GLK_FLOAT32;
  Dims dims;
  std::vector<std::uint64_t> memory;  // aligned for every type

  // Elements that are 0. Throws GraphError for a shape that is too large.
  static OwnedTensor zeros(std::int32_t type, Dims dims);
  TensorView view() const;
  MutableTensorView mutable_view();
};

// Calls use(Element()) with the C++ type of a type of numbers. GLK_BOOL is std::uint8_t. False for float16, text and
// what is no type.
template <class Use>
bool visit_number_type(std::int32_t type, const Use& use) {
  switch (type) {
    case GLK_FLOAT32:
      use(float());
      return true;
    case GLK_FLOAT64:
      use(double());
      return true;
    case GLK_INT32:
      use(std::int32_t());
      return true;
    case GLK_INT64:
      use(std::int64_t());
      return true;
    case GLK_INT8:
      use(std::int8_t());
      return true;
    case GLK_INT16:
      use(std::int16_t());
      return true;
    case GLK_BOOL:
    case GLK_UINT8:
      use(std::uint8_t());
      return true;
    case GLK_UINT16:
      use(std::uint16_t());
      return true;
    case GLK_UINT32:
      use(std::uint32_t());
      return true;
    default:
      return false;
  }
}

// Calls use(Element()) with a C++ type of the type's size: for what moves elements and looks at none.
template <class Use>
void visit_storage(std::int32_t type, const Use& use) {
  switch (element_size(type)) {
    case 1:
      return use(std::uint8_t());
    case 2:
      return use(std::uint16_t());
    case 4:
      return type == GLK_FLOAT32 ? use(float()) : use(std::uint32_t());
    default:
      return use(std::uint64_t());
  }
}

}  // namespace goldilocks::graph
