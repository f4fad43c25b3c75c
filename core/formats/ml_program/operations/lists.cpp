// Lists of tensors of one shape.
#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;
using Kind = Parameter::Kind;

// The type of the list's elements.
const Type& element_of(const Inference& op) {
  const Type& element = op.type("ls").parts.at(0);
  op.require(element.is_tensor(), "ls holds {}, not tensors", text(element));
  return element;
}

// The type of several elements, stacked.
Type stacked(const Type& element, std::int64_t count) {
  Type type = element;
  if (type.ranked) type.shape.insert(type.shape.begin(), count);
  return type;
}

std::int64_t index_count(const Inference& op) {
  const Shape& indices = op.shape("indices");
  op.require(indices.size() == 1, "indices must be a vector, not {}", text(indices));
  return indices[0];
}

void make_list(Inference& op) {
  const auto word = op.word("dtype");
  if (!word) throw Undetermined{};
  const auto element = element_type_named(*word);
  op.require(element.has_value(), "dtype '{}' is no type", *word);
  Shape shape;
  for (const Known& dim : op.each("elem_shape")) {
    // A string names a length that is known only when the program runs.
    const bool known = dim.value != nullptr && dim.value->type.is_tensor() && dim.value->strings.empty();
    op.require(!known || element_count(*dim.value) == 1, "elem_shape must be single numbers");
    shape.push_back(known ? integer_at(*dim.value, 0) : unknown);
    op.require(shape.back() >= unknown, "elem_shape has the length {}", shape.back());
  }
  const auto length = op.integer("init_length");
  op.require(!length || *length >= 0, "init_length is {}", length.value_or(0));
  const bool dynamic = op.flag("dynamic_length").value_or(true);
  op.result(list_of(tensor(*element, shape), dynamic ? unknown : length.value_or(unknown)));
}

void list_length(Inference& op) { op.result(ElementType::int32, {}); }

void list_read(Inference& op) { op.result(element_of(op)); }

void list_gather(Inference& op) { op.result(stacked(element_of(op), index_count(op))); }

void list_write(Inference& op) {
  op.require(are_compatible(op.type("value"), element_of(op)), "value is {}, and the list holds {}",
             text(op.type("value")), text(element_of(op)));
  op.result(op.type("ls"));
}

void list_scatter(Inference& op) {
  const Type expected = stacked(element_of(op), index_count(op));
  op.require(are_compatible(op.type("value"), expected), "value must be {}, and is {}", text(expected),
             text(op.type("value")));
  op.result(op.type("ls"));
}

}  // namespace

std::vector<OperationRow> list_operations() {
  const Parameter list = other("ls", Kind::list);
  return {
      {"make_list",
       ios15,
       {},
       {in("init_length", i32, number(1)), constant("dynamic_length", boolean, yes), other("elem_shape", Kind::values),
        constant("dtype", str, word("fp32"))},
       make_list},
      {"list_length", ios15, {}, {list}, list_length},
      {"list_read", ios15, {}, {list, in("index", i32)}, list_read},
      {"list_gather", ios15, {}, {list, in("indices", i32)}, list_gather},
      {"list_write", ios15, {{'T', numbers_and_bool}}, {list, in("index", i32), in("value", 'T')}, list_write},
      {"list_scatter", ios15, {{'T', numbers_and_bool}}, {list, in("indices", i32), in("value", 'T')}, list_scatter},
  };
}

}  // namespace goldilocks::ml_program
