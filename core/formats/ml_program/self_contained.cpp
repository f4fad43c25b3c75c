#include "core/formats/ml_program/self_contained.hpp"

#include <memory>
#include <utility>

namespace goldilocks::ml_program {
namespace {

bool has_file(const Value& value) {
  if (value.blob) return true;
  for (const Value& item : value.items) {
    if (has_file(item)) return true;
  }
  return false;
}

void take_out_of_file(Value& value) {
  value.blob.reset();
  for (Value& item : value.items) take_out_of_file(item);
}

void change(std::shared_ptr<const Value>& value) {
  if (value == nullptr || !has_file(*value)) return;
  // Its bytes may belong to the value that it comes from.
  auto both = std::make_shared<std::pair<Value, std::shared_ptr<const Value>>>(*value, value);
  take_out_of_file(both->first);
  const Value* const made = &both->first;
  value = {std::move(both), made};
}

void change(std::vector<Attribute>& attributes) {
  for (Attribute& attribute : attributes) change(attribute.value);
}

void change(Block& block) {
  for (Operation& operation : block.operations) {
    for (Argument& argument : operation.inputs) {
      for (Binding& binding : argument.bindings) change(binding.value);
    }
    for (Block& inner : operation.blocks) change(inner);
    change(operation.attributes);
  }
  change(block.attributes);
}

}  // namespace

Program self_contained(Program program) {
  for (Function& function : program.functions) {
    for (Specialization& specialization : function.specializations) change(specialization.block);
    change(function.attributes);
  }
  change(program.attributes);
  return program;
}

}  // namespace goldilocks::ml_program
