#include "kernels/producing.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>

namespace goldilocks::graph {

std::string element_text(const TensorView& tensor, std::size_t element) {
  std::string text;
  if (tensor.type == GLK_STRING) return text.append("'").append(tensor.elements<const char*>()[element]).append("'");
  visit_number_type(tensor.type, [&](auto kind) { text = std::to_string(tensor.elements<decltype(kind)>()[element]); });
  return text;
}

std::optional<std::size_t> find_category(const OperationView& operation, const TensorView& tensor, std::size_t element,
                                         const TensorView& list) {
  if (tensor.type != list.type) operation.fail("compares values of different types");
  const auto place_in = [](const auto& elements, const auto& wanted) -> std::optional<std::size_t> {
    const auto found = std::ranges::find_if(elements, [&](const auto& each) { return wanted == each; });
    if (found == elements.end()) return std::nullopt;
    return static_cast<std::size_t>(found - elements.begin());
  };
  if (tensor.type == GLK_STRING) {
    return place_in(list.elements<const char*>(), std::string_view(tensor.elements<const char*>()[element]));
  }
  std::optional<std::size_t> place;
  visit_number_type(tensor.type, [&](auto kind) {
    place = place_in(list.elements<decltype(kind)>(), tensor.elements<decltype(kind)>()[element]);
  });
  return place;
}

Doubles numbers_of(const OperationView& operation, const TensorView& tensor) {
  if (tensor.type == GLK_STRING) operation.fail("takes numbers, and is given text");
  return numbers_of(tensor);
}

OwnedTensor tensor_of(Dims dims, std::span<const double> numbers) {
  OwnedTensor tensor = OwnedTensor::zeros(GLK_FLOAT64, std::move(dims));
  store_numbers(numbers, tensor.mutable_view());
  return tensor;
}

OwnedTensor list_of(std::span<const double> numbers) {
  return tensor_of({static_cast<std::int64_t>(numbers.size())}, numbers);
}

OwnedTensor list_of(std::span<const std::int64_t> numbers) {
  OwnedTensor tensor = OwnedTensor::zeros(GLK_INT64, {static_cast<std::int64_t>(numbers.size())});
  std::ranges::copy(numbers, tensor.mutable_view().elements<std::int64_t>().begin());
  return tensor;
}

OwnedTensor elements_at(const TensorView& tensor, std::span<const std::size_t> places, Dims dims) {
  OwnedTensor result = OwnedTensor::zeros(tensor.type, std::move(dims));
  visit_storage(tensor.type, [&](auto kind) {
    const auto from = tensor.elements<decltype(kind)>();
    std::ranges::transform(places, result.mutable_view().template elements<decltype(kind)>().begin(),
                           [&](std::size_t place) { return from[place]; });
  });
  return result;
}

OwnedTensor copy_of(const TensorView& tensor) {
  OwnedTensor copy = OwnedTensor::zeros(tensor.type, Dims(tensor.dims.begin(), tensor.dims.end()));
  std::memcpy(copy.memory.data(), tensor.bytes(), tensor.size() * element_size(tensor.type));
  return copy;
}

}  // namespace goldilocks::graph
