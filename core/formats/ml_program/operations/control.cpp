// Constants, branches, loops, states and classes. What concerns the blocks inside is checked by the walk over the
// program; so are const and custom_layer, which have no parameters.
#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;
using Kind = Parameter::Kind;

void identity(Inference& op) { op.result(op.type("x")); }

void cond(Inference& op) {
  op.require(op.shape("pred").empty(), "pred must be a single bool, not {}", text(op.shape("pred")));
}

void nothing(Inference& /*op*/) {}

void classify(Inference& op) {
  const Value* classes = op.value("classes");
  op.require(classes != nullptr && classes->type.kind == Type::Kind::list, "classes must be a constant list");
  const Type& label = classes->type.parts[0];
  op.require(label.is_scalar() && (label.element == ElementType::string || label.element == ElementType::int64),
             "classes must be strings or int64, not {}", text(label));
  const std::int64_t count = product(op.shape("probabilities"));
  op.require(count == unknown || count == static_cast<std::int64_t>(classes->items.size()),
             "{} probabilities for {} classes", count, classes->items.size());
  op.result(tensor(label.element));
  op.result(dictionary_of(tensor(label.element), tensor(ElementType::float64)));
}

void read_state(Inference& op) {
  const Type& state = op.type("input");
  op.result(state.parts.at(0));
}

void write_state(Inference& op) {
  const Type& held = op.type("input").parts.at(0);
  op.require(are_compatible(held, op.type("data")), "data is {}, and the state holds {}", text(op.type("data")),
             text(held));
}

}  // namespace

std::vector<OperationRow> control_operations() {
  return {
      {"const", ios15, {}, {}, nothing},
      {"custom_layer", ios15, {}, {}, nothing},
      {"identity", ios15, {}, {other("x", Kind::value)}, identity},
      {"cond", ios15, {}, {in("pred", boolean)}, cond},
      {"while_loop", ios15, {}, {other("loop_vars", Kind::values)}, nothing},
      {"classify", ios15, {}, {in("probabilities", fp32), other("classes", Kind::list)}, classify},
      {"read_state", ios18, {}, {other("input", Kind::state)}, read_state},
      {"write_state", ios18, {}, {other("input", Kind::state), in("data", any_tensor)}, write_state},
  };
}

}  // namespace goldilocks::ml_program
