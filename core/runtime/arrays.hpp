#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <goldilocks/runtime.hpp>

#include "core/plugins/backend.hpp"

namespace goldilocks::runtime {

// "array float32 [3, 10]", "image 640 x 480", "number", ...: what a value is, in messages.
std::string value_text(const Value& value);
std::string type_text(ElementType type);                     // "float32"
std::string shape_text(std::span<const std::int64_t> dims);  // "[3, 10]"

// Copies what the value borrows, so that it can outlive the call that it was given to.
void make_owner(Value& value);

// The product of the shape. Throws UsageError unless the array's data is as long as its shape says.
std::size_t element_count(const Array& array);

// The elements as float32, rounded to nearest where they are wider. `to` has one place for each.
void to_floats(const Array& array, std::span<float> to);

// Elements of another type. To whole numbers by rounding to nearest, ties to even, and into the type's range; what is
// not a number becomes 0.
Array from_floats(std::span<const float> values, std::vector<std::int64_t> shape, ElementType type);
Array from_doubles(std::span<const double> values, std::vector<std::int64_t> shape, ElementType type);
Array with_type(const Array& array, ElementType type);

// The elements as numbers of a graph's type, GLK_FLOAT32 or another type of numbers; as from_doubles() rounds. `to` has
// room for each.
void to_elements(const Array& array, std::int32_t type, std::span<std::byte> to);

// The numbers of a graph's tensor, whatever their type.
std::vector<double> numbers_in(const plugins::Tensor& tensor);

// The elements as whole numbers, exact for the types that are. Throws UsageError for one that isn't.
std::vector<std::int64_t> to_integers(const Array& array);

}  // namespace goldilocks::runtime
