#include "kernels/numbers.hpp"

#include <algorithm>

namespace goldilocks::graph {

std::vector<double> numbers_of(const TensorView& tensor) {
  std::vector<double> numbers(tensor.size());
  if (tensor.type == GLK_FLOAT16) {
    std::ranges::transform(tensor.elements<std::uint16_t>(), numbers.begin(),
                           [](std::uint16_t bits) { return static_cast<double>(float_from_half(bits)); });
  }
  visit_number_type(tensor.type, [&](auto element) {
    std::ranges::transform(tensor.elements<decltype(element)>(), numbers.begin(),
                           [](auto value) { return static_cast<double>(value); });
  });
  return numbers;
}

void store_numbers(std::span<const double> numbers, const MutableTensorView& tensor) {
  if (tensor.type == GLK_BOOL) {
    std::ranges::transform(numbers, tensor.elements<std::uint8_t>().begin(),
                           [](double number) { return static_cast<std::uint8_t>(number != 0 ? 1 : 0); });
    return;
  }
  if (tensor.type == GLK_FLOAT16) {
    std::ranges::transform(numbers, tensor.elements<std::uint16_t>().begin(),
                           [](double number) { return half_from_float(static_cast<float>(number)); });
    return;
  }
  visit_number_type(tensor.type, [&](auto element) {
    std::ranges::transform(numbers, tensor.elements<decltype(element)>().begin(),
                           [](double number) { return from_double<decltype(element)>(number); });
  });
}

}  // namespace goldilocks::graph
