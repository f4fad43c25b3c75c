// Functions of single elements, and of pairs that are broadcast to one shape.
#include <array>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

// The kit's operation of another name on the same inputs.
template <const char* type>
void lower_unary(Op& op) {
  op.give(op.add(type, {op.input("x")}));
}

// What the kit has for float32 alone: integers go through it.
template <const char* type>
void lower_through_float(Op& op) {
  op.give(op.add(type, {op.cast(op.input("x"), GLK_FLOAT32)}));
}

template <const char* type>
void lower_pair(Op& op) {
  op.give(op.add(type, {op.input("x"), op.input("y")}));
}

template <const char* type>
void lower_comparison(Op& op) {
  op.give(op.add_as(GLK_BOOL, type, {op.input("x"), op.input("y")}));
}

// A small number is added to x, rounded to x's type where it is the default.
double epsilon(Op& op) {
  const double stated = op.real("epsilon");
  if (op.has("epsilon") || op.element("x") != ElementType::float16) {
    return static_cast<double>(static_cast<float>(stated));
  }
  return static_cast<double>(graph::rounded_to_half(static_cast<float>(stated)));
}

template <const char* type>
void lower_with_epsilon(Op& op) {
  op.give(op.add(type, {op.input("x")}, {{"epsilon", epsilon(op)}}));
}

void lower_log(Op& op) { op.give(op.add("log", {op.input("x")}, {{"shift", epsilon(op)}})); }

void lower_square(Op& op) {
  const Node x = op.input("x");
  op.give(op.add("multiply", {x, x}));
}

void lower_threshold(Op& op) { op.give(op.add("threshold", {op.input("x")}, {{"alpha", op.real("alpha")}})); }

void lower_clip(Op& op) {
  op.give(op.add("clip", {op.input("x")}, {{"minimum", op.real("alpha")}, {"maximum", op.real("beta")}}));
}

void lower_select(Op& op) {
  const Node a = op.input("a");
  op.give(op.add_as(op.type(a), "where", {op.input("cond"), a, op.input("b")}));
}

// give() casts to what the program declares.
void lower_cast(Op& op) { op.give(op.input("x")); }

// The kit's names, as arguments of templates.
struct Kit {
  static constexpr char abs[] = "abs";
  static constexpr char acos[] = "acos";
  static constexpr char asin[] = "asin";
  static constexpr char atan[] = "atan";
  static constexpr char atanh[] = "atanh";
  static constexpr char ceil[] = "ceil";
  static constexpr char cos[] = "cos";
  static constexpr char cosh[] = "cosh";
  static constexpr char erf[] = "erf";
  static constexpr char exp[] = "exp";
  static constexpr char exp2[] = "exp2";
  static constexpr char floor[] = "floor";
  static constexpr char round[] = "round";
  static constexpr char sign[] = "sign";
  static constexpr char sin[] = "sin";
  static constexpr char sinh[] = "sinh";
  static constexpr char sqrt[] = "sqrt";
  static constexpr char tan[] = "tan";
  static constexpr char logical_not[] = "logical_not";
  static constexpr char inverse[] = "inverse";
  static constexpr char rsqrt[] = "rsqrt";
  static constexpr char add[] = "add";
  static constexpr char subtract[] = "subtract";
  static constexpr char multiply[] = "multiply";
  static constexpr char divide[] = "divide";
  static constexpr char floor_divide[] = "floor_divide";
  static constexpr char modulo[] = "modulo";
  static constexpr char pow[] = "pow";
  static constexpr char maximum[] = "maximum";
  static constexpr char minimum[] = "minimum";
  static constexpr char equal[] = "equal";
  static constexpr char not_equal[] = "not_equal";
  static constexpr char less[] = "less";
  static constexpr char less_equal[] = "less_equal";
  static constexpr char greater[] = "greater";
  static constexpr char greater_equal[] = "greater_equal";
  static constexpr char logical_and[] = "logical_and";
  static constexpr char logical_or[] = "logical_or";
  static constexpr char logical_xor[] = "logical_xor";
};

constexpr std::array elementwise_rows = {
    LoweringRow{"abs", lower_unary<Kit::abs>},
    LoweringRow{"acos", lower_unary<Kit::acos>},
    LoweringRow{"add", lower_pair<Kit::add>},
    LoweringRow{"asin", lower_unary<Kit::asin>},
    LoweringRow{"atan", lower_unary<Kit::atan>},
    LoweringRow{"atanh", lower_unary<Kit::atanh>},
    LoweringRow{"cast", lower_cast},
    LoweringRow{"ceil", lower_unary<Kit::ceil>},
    LoweringRow{"clip", lower_clip},
    LoweringRow{"cos", lower_unary<Kit::cos>},
    LoweringRow{"cosh", lower_unary<Kit::cosh>},
    LoweringRow{"equal", lower_comparison<Kit::equal>},
    LoweringRow{"erf", lower_unary<Kit::erf>},
    LoweringRow{"exp", lower_unary<Kit::exp>},
    LoweringRow{"exp2", lower_through_float<Kit::exp2>},
    LoweringRow{"floor", lower_unary<Kit::floor>},
    LoweringRow{"floor_div", lower_pair<Kit::floor_divide>},
    LoweringRow{"greater", lower_comparison<Kit::greater>},
    LoweringRow{"greater_equal", lower_comparison<Kit::greater_equal>},
    LoweringRow{"inverse", lower_with_epsilon<Kit::inverse>},
    LoweringRow{"less", lower_comparison<Kit::less>},
    LoweringRow{"less_equal", lower_comparison<Kit::less_equal>},
    LoweringRow{"log", lower_log},
    LoweringRow{"logical_and", lower_pair<Kit::logical_and>},
    LoweringRow{"logical_not", lower_unary<Kit::logical_not>},
    LoweringRow{"logical_or", lower_pair<Kit::logical_or>},
    LoweringRow{"logical_xor", lower_pair<Kit::logical_xor>},
    LoweringRow{"maximum", lower_pair<Kit::maximum>},
    LoweringRow{"minimum", lower_pair<Kit::minimum>},
    LoweringRow{"mod", lower_pair<Kit::modulo>},
    LoweringRow{"mul", lower_pair<Kit::multiply>},
    LoweringRow{"not_equal", lower_comparison<Kit::not_equal>},
    LoweringRow{"pow", lower_pair<Kit::pow>},
    LoweringRow{"real_div", lower_pair<Kit::divide>},
    LoweringRow{"round", lower_unary<Kit::round>},
    LoweringRow{"rsqrt", lower_with_epsilon<Kit::rsqrt>},
    LoweringRow{"select", lower_select, true},
    LoweringRow{"sign", lower_unary<Kit::sign>},
    LoweringRow{"sin", lower_unary<Kit::sin>},
    LoweringRow{"sinh", lower_unary<Kit::sinh>},
    LoweringRow{"sqrt", lower_unary<Kit::sqrt>},
    LoweringRow{"square", lower_square},
    LoweringRow{"sub", lower_pair<Kit::subtract>},
    LoweringRow{"tan", lower_unary<Kit::tan>},
    LoweringRow{"threshold", lower_threshold},
};

}  // namespace

std::span<const LoweringRow> elementwise_lowerings() { return elementwise_rows; }

}  // namespace goldilocks::ml_program
