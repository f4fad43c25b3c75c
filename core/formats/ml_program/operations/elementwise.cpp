// Operations on each element by itself, or on each pair of elements of two tensors that are broadcast to one shape.
#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

Shape broadcast_of(const Inference& op, std::string_view a, std::string_view b) {
  const Shape& first = op.shape(a);
  const Shape& second = op.shape(b);
  auto shape = broadcast(first, second);
  op.require(shape.has_value(), "{} {} and {} {} can't be broadcast to one shape", a, text(first), b, text(second));
  return *std::move(shape);
}

void binary(Inference& op) { op.result(op.element("x"), broadcast_of(op, "x", "y")); }

void comparison(Inference& op) { op.result(ElementType::boolean, broadcast_of(op, "x", "y")); }

// The condition takes no part in the shape of the result, but must fit it.
void select(Inference& op) {
  const Shape shape = broadcast_of(op, "a", "b");
  op.require(broadcast(op.shape("cond"), shape).has_value(), "cond {} can't be broadcast to {}", text(op.shape("cond")),
             text(shape));
  op.result(op.element("a"), shape);
}

void cast(Inference& op) {
  const auto before_ios17 = op.opset() < ios17;
  const std::string_view word =
      before_ios17 ? op.one_of("dtype", {"int32", "fp16", "fp32", "bool"})
                   : op.one_of("dtype", {"int32", "fp16", "fp32", "bool", "int8", "uint8", "int16", "uint16"});
  const ElementType element = element_type_named(word).value();
  const Type& x = op.type("x");
  op.result(x.ranked ? tensor(element, x.shape) : unranked_tensor(element));
}

void clip(Inference& op) {
  const auto alpha = op.real("alpha");
  const auto beta = op.real("beta");
  if (op.opset() >= ios17 && alpha && beta) {
    op.require(*alpha < *beta, "alpha {} must be less than beta {}", *alpha, *beta);
  }
  same_as_x(op);
}

OperationRow unary(std::string_view name, TypeSet types) {
  return {name, ios15, {{'T', types}}, {in("x", 'T')}, same_as_x};
}

OperationRow pair(std::string_view name, TypeSet types, Rule rule) {
  return {name, ios15, {{'T', types}}, {in("x", 'T'), in("y", 'T')}, rule};
}

// x, and a small number that is added to it before something that 0 would break. Its type is its own from iOS 17 on.
OperationRow with_epsilon(std::string_view name, Opset since, double epsilon) {
  if (since == ios15) {
    return {name, since, {{'T', floats}}, {in("x", 'T'), constant("epsilon", 'T', real(epsilon))}, same_as_x};
  }
  return {
      name, since, {{'T', floats}, {'U', floats}}, {in("x", 'T'), constant("epsilon", 'U', real(epsilon))}, same_as_x};
}

}  // namespace

std::vector<OperationRow> elementwise_operations() {
  return {
      unary("abs", numbers),
      unary("acos", floats),
      unary("asin", floats),
      unary("atan", floats),
      unary("atanh", floats),
      unary("ceil", floats),
      unary("cos", floats),
      unary("cosh", floats),
      unary("erf", floats),
      unary("exp", floats),
      unary("exp2", numbers),
      unary("floor", floats),
      unary("round", floats),
      unary("sign", numbers),
      unary("sin", floats),
      unary("sinh", floats),
      unary("sqrt", floats),
      unary("square", numbers),
      unary("tan", floats),
      unary("tanh", floats),

      with_epsilon("inverse", ios15, 1e-4),
      with_epsilon("inverse", ios17, 1e-4),
      with_epsilon("log", ios15, 1e-45),
      with_epsilon("log", ios17, 1e-45),
      with_epsilon("rsqrt", ios15, 1e-12),
      with_epsilon("rsqrt", ios17, 1e-12),

      pair("add", numbers, binary),
      pair("floor_div", numbers, binary),
      pair("maximum", numbers, binary),
      pair("minimum", numbers, binary),
      pair("mod", numbers, binary),
      pair("mul", numbers, binary),
      pair("pow", numbers, binary),
      pair("real_div", numbers, binary),
      pair("sub", numbers, binary),

      pair("equal", numbers, comparison),
      pair("greater", numbers, comparison),
      pair("greater_equal", numbers, comparison),
      pair("less", numbers, comparison),
      pair("less_equal", numbers, comparison),
      pair("not_equal", numbers, comparison),
      pair("logical_and", boolean, comparison),
      pair("logical_or", boolean, comparison),
      pair("logical_xor", boolean, comparison),
      {"logical_not", ios15, {}, {in("x", boolean)}, same_as_x},

      {"select", ios15, {{'T', numbers_and_bool}}, {in("cond", boolean), in("a", 'T'), in("b", 'T')}, select},
      {"cast", ios15, {{'T', numbers_and_bool}}, {in("x", 'T'), constant("dtype", str)}, cast},
      {"cast", ios17, {{'T', numbers_and_bool | short_integers}}, {in("x", 'T'), constant("dtype", str)}, cast},
      {"clip", ios15, {{'T', floats}}, {in("x", 'T'), constant("alpha", 'T'), constant("beta", 'T')}, clip},
      {"clip", ios17, {{'T', floats}}, {in("x", 'T'), constant("alpha", 'T'), constant("beta", 'T')}, clip},
      {"threshold", ios15, {{'T', numbers}}, {in("x", 'T'), constant("alpha", 'T')}, same_as_x},
  };
}

}  // namespace goldilocks::ml_program
