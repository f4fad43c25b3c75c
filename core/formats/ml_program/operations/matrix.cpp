// Products of matrices, and attention.
#include <map>

#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

void linear(Inference& op) {
  Shape shape = op.shape("x");
  const Shape& weight = op.shape("weight");
  op.require(weight.size() == 2, "weight must be [outputs, inputs], not {}", text(weight));
  op.require(!shape.empty() && unify(shape.back(), weight[1]), "x {} doesn't end in the inputs of weight {}",
             text(shape), text(weight));
  if (op.has("bias")) {
    const Shape& bias = op.shape("bias");
    op.require(may_be_equal(bias, {weight[0]}), "bias {} doesn't fit {} outputs", text(bias), weight[0]);
  }
  shape.back() = weight[0];
  op.result(op.element("x"), shape);
}

// The last two dimensions swapped where the flag says so.
Shape oriented(const Inference& op, std::string_view parameter, std::string_view transposed) {
  Shape shape = op.shape(parameter);
  op.require(!shape.empty(), "{} must have a dimension", parameter);
  const auto swap = op.flag(transposed);
  if (!swap) throw Undetermined{};
  if (*swap) {
    op.require(shape.size() >= 2, "{} with {} of one dimension", transposed, parameter);
    std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
  }
  return shape;
}

void matmul(Inference& op) {
  Shape x = oriented(op, "x", "transpose_x");
  Shape y = oriented(op, "y", "transpose_y");
  const bool x_is_vector = x.size() == 1;
  const bool y_is_vector = y.size() == 1;
  if (x_is_vector) x.insert(x.begin(), 1);
  if (y_is_vector) y.push_back(1);
  std::int64_t inner = x.back();
  op.require(unify(inner, y[y.size() - 2]), "{} and {} can't be multiplied", text(op.shape("x")), text(op.shape("y")));
  auto shape = broadcast(Shape(x.begin(), x.end() - 2), Shape(y.begin(), y.end() - 2));
  op.require(shape.has_value(), "the batches of {} and {} can't be broadcast", text(op.shape("x")),
             text(op.shape("y")));
  if (!x_is_vector) shape->push_back(x[x.size() - 2]);
  if (!y_is_vector) shape->push_back(y.back());
  const bool y_decides = op.is_constant("x") && !op.is_constant("y");
  op.result(op.element(y_decides ? "y" : "x"), *shape);
}

// The equation with its letters renamed in the order of their appearance; blanks are left out.
std::string canonical(std::string_view equation) {
  std::map<char, char> names;
  std::string result;
  for (const char letter : equation) {
    if (letter == ' ') continue;
    const bool is_name = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    result += is_name ? names.emplace(letter, static_cast<char>('a' + names.size())).first->second : letter;
  }
  return result;
}

// nchw,nwhu->nchu, and the same without n.
void einsum(Inference& op) {
  const auto values = op.each("values");
  op.require(values.size() == 2, "einsum takes 2 values, and has {}", values.size());
  for (const Known& value : values) {
    if (!value.type->ranked) throw Undetermined{};
  }
  const auto equation = op.word("equation");
  if (!equation) throw Undetermined{};
  const std::string form = canonical(*equation);
  const bool batched = form == "abcd,adce->abce";
  op.require(batched || form == "abc,cbd->abd", "the equation '{}' is neither nchw,nwhu->nchu nor chw,whr->chr",
             *equation);
  const std::size_t first = batched ? 1 : 0;
  const Shape& a = values[0].type->shape;
  const Shape& b = values[1].type->shape;
  op.require(a.size() == 3 + first && b.size() == 3 + first, "{} and {} don't have the dimensions of '{}'", text(a),
             text(b), *equation);
  std::int64_t inner = a[first + 2];
  op.require(unify(inner, b[first]), "{} and {} differ in the dimension that is summed", text(a), text(b));
  Shape shape;
  const auto common = [&](std::int64_t left, std::int64_t right) {
    const auto dim = broadcast({left}, {right});
    op.require(dim.has_value(), "{} and {} can't be broadcast", text(a), text(b));
    return dim->front();
  };
  if (batched) shape.push_back(common(a[0], b[0]));
  shape.push_back(a[first]);
  shape.push_back(common(a[first + 1], b[first + 1]));
  shape.push_back(b[first + 2]);
  op.result(values[0].type->element, shape);
}

void scaled_dot_product_attention(Inference& op) {
  Shape query = op.shape("query");
  const Shape& key = op.shape("key");
  const Shape& value = op.shape("value");
  const std::size_t rank = query.size();
  op.require(rank >= 3 && key.size() == rank && value.size() == rank,
             "query {}, key {} and value {} must have the same 3 or more dimensions", text(query), text(key),
             text(value));
  for (std::size_t i = 0; i + 2 < rank; ++i) {
    op.require(unify(query[i], key[i]) && unify(query[i], value[i]),
               "query {}, key {} and value {} differ in their batch", text(query), text(key), text(value));
  }
  op.require(unify(query[rank - 1], key[rank - 1]), "query {} and key {} differ in their last dimension", text(query),
             text(key));
  std::int64_t sources = key[rank - 2];
  op.require(unify(sources, value[rank - 2]), "key {} and value {} differ in their length", text(key), text(value));
  if (op.has("attn_mask")) {
    Shape scores = query;
    scores[rank - 1] = sources;
    const auto masked = broadcast(op.shape("attn_mask"), scores);
    op.require(masked.has_value() && masked->size() == rank && may_be_equal(*masked, scores),
               "attn_mask {} can't be broadcast to {}", text(op.shape("attn_mask")), text(scores));
  }
  query[rank - 1] = value[rank - 1];
  op.result(op.element("query"), query);
}

}  // namespace

std::vector<OperationRow> matrix_operations() {
  return {
      {"linear",
       ios15,
       {{'T', numbers}},
       {in("x", 'T'), constant("weight", 'T'), constant("bias", 'T', all_0)},
       linear},
      {"linear",
       ios17,
       {{'T', numbers}, {'U', numbers}},
       {in("x", 'T'), constant("weight", 'U'), constant("bias", 'U', all_0)},
       linear},
      {"matmul",
       ios15,
       {{'T', numbers}},
       {in("x", 'T'), in("y", 'T'), constant("transpose_x", boolean, no), constant("transpose_y", boolean, no)},
       matmul},
      {"matmul",
       ios17,
       {{'T', numbers}, {'U', numbers}},
       {in("x", 'T'), in("y", 'U'), constant("transpose_x", boolean, no), constant("transpose_y", boolean, no)},
       matmul},
      {"einsum", ios15, {{'T', any_tensor}}, {each("values", 'T'), constant("equation", str)}, einsum},
      {"scaled_dot_product_attention",
       ios18,
       {{'T', floats}, {'M', floats | boolean}},
       {in("query", 'T'), in("key", 'T'), in("value", 'T'), in("attn_mask", 'M', none)},
       scaled_dot_product_attention},
  };
}

}  // namespace goldilocks::ml_program
