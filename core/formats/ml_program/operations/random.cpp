// Tensors that are made anew: filled, counted up, or random.
#include <cmath>

#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

// The shape that the parameter `shape` holds, as far as it is known.
Shape given_shape(const Inference& op) {
  const Shape& vector = op.shape("shape");
  op.require(vector.size() == 1, "shape must be a vector, not {}", text(vector));
  const auto numbers = op.integers("shape");
  if (!numbers) {
    if (vector[0] == unknown) throw Undetermined{};
    op.require(vector[0] < 64, "shape has {} numbers", vector[0]);
    return Shape(static_cast<std::size_t>(vector[0]), unknown);
  }
  for (const std::int64_t dim : *numbers) op.require(dim >= 0, "shape {} has a negative length", text(*numbers));
  return *numbers;
}

ElementType element_or(const Inference& op, std::string_view parameter, ElementType fallback) {
  return op.has(parameter) ? op.element(parameter) : fallback;
}

void fill(Inference& op) { op.result(element_or(op, "value", ElementType::float32), given_shape(op)); }

void fill_like(Inference& op) { op.result(element_or(op, "value", ElementType::float32), op.shape("ref_tensor")); }

void range_1d(Inference& op) {
  for (const std::string_view parameter : {"start", "end", "step"}) {
    const Shape& shape = op.shape(parameter);
    op.require(shape.empty() || may_be_equal(shape, {1}), "{} must be one number, not {}", parameter, text(shape));
  }
  const auto start = op.real("start");
  const auto end = op.real("end");
  const auto step = op.real("step");
  op.require(!step || *step != 0, "step is 0");
  std::int64_t length = unknown;
  if (start && end && step) {
    const double count = std::ceil((*end - *start) / *step);
    op.require(count < 1e15, "{} to {} by {} are too many numbers", *start, *end, *step);
    length = count > 0 ? static_cast<std::int64_t>(count) : 0;
  }
  op.result(op.element("start"), {length});
}

void random_bernoulli(Inference& op) { op.result(element_or(op, "prob", ElementType::float32), given_shape(op)); }
void random_normal(Inference& op) {
  op.result(element_or(op, "mean", element_or(op, "stddev", ElementType::float32)), given_shape(op));
}
void random_uniform(Inference& op) {
  op.result(element_or(op, "low", element_or(op, "high", ElementType::float32)), given_shape(op));
}

void random_categorical(Inference& op) {
  op.one_of("mode", {"logits", "probs"});
  Shape shape = op.shape("x");
  op.require(!shape.empty(), "x must have a dimension");
  const auto size = op.integer("size");
  op.require(!size || *size >= 1, "size is {}", size.value_or(0));
  shape.back() = size.value_or(unknown);
  op.result(op.element("x"), shape);
}

}  // namespace

std::vector<OperationRow> random_operations() {
  const Parameter seed = constant("seed", i32, number(-1));
  return {
      {"fill", ios15, {{'T', numbers_and_bool}}, {in("shape", i32), constant("value", 'T', real(0.0))}, fill},
      {"fill_like",
       ios16,
       {{'T', numbers_and_bool}, {'U', numbers_and_bool}},
       {in("ref_tensor", 'T'), constant("value", 'U', real(0.0))},
       fill_like},
      {"range_1d", ios15, {{'T', numbers}}, {in("end", 'T'), in("start", 'T'), in("step", 'T')}, range_1d},
      {"random_bernoulli",
       ios15,
       {{'T', floats}},
       {in("shape", i32), constant("prob", 'T', real(0.5)), seed},
       random_bernoulli},
      {"random_normal",
       ios15,
       {{'T', floats}},
       {in("shape", i32), constant("mean", 'T', real(0.0)), constant("stddev", 'T', real(1.0)), seed},
       random_normal},
      {"random_uniform",
       ios15,
       {{'T', floats}},
       {in("shape", i32), constant("low", 'T', real(0.0)), constant("high", 'T', real(1.0)), seed},
       random_uniform},
      {"random_categorical",
       ios15,
       {{'T', floats}},
       {in("x", 'T'), constant("mode", str, word("logits")), constant("size", i32, number(1)), seed},
       random_categorical},
  };
}

}  // namespace goldilocks::ml_program
