#include "kernels/takes.hpp"

#include <algorithm>

namespace goldilocks::graph {
namespace {

bool is_number(std::int32_t type) {
  return type == GLK_FLOAT32 || type == GLK_FLOAT64 || type == GLK_INT32 || type == GLK_INT8 || type == GLK_INT16 ||
         type == GLK_UINT8 || type == GLK_UINT16 || type == GLK_UINT32;
}

// 0 is the type of an input that is absent.
bool is_whole(std::int32_t type) {
  return type == 0 || type == GLK_INT64 || type == GLK_BOOL || (is_number(type) && type != GLK_FLOAT64);
}

template <class Types>
bool all_are(const Types& types, std::int32_t type) {
  return std::ranges::all_of(types, [=](std::int32_t other) { return other == type || other == 0; });
}

std::int32_t first_type(const ElementTypes& types) { return types.inputs.empty() ? 0 : types.inputs[0]; }

bool all_float32(const ElementTypes& types) {
  return all_are(types.inputs, GLK_FLOAT32) && all_are(types.outputs, GLK_FLOAT32);
}

}  // namespace

bool takes_alike(const ElementTypes& types) {
  const std::int32_t type = first_type(types);
  return element_size(type) != 0 && all_are(types.inputs, type) && all_are(types.outputs, type);
}

bool takes_placed(const ElementTypes& types) {
  const std::int32_t type = first_type(types);
  return element_size(type) != 0 && all_are(types.outputs, type) &&
         std::all_of(types.inputs.begin() + 1, types.inputs.end(), is_whole);
}

bool takes_updates(const ElementTypes& types) {
  return types.inputs.size() == 3 && types.inputs[2] == types.inputs[0] && is_number(types.inputs[0]) &&
         is_whole(types.inputs[1]) && all_are(types.outputs, types.inputs[0]);
}

bool takes_numbers(const ElementTypes& types) { return is_number(first_type(types)) && takes_alike(types); }

bool takes_compared(const ElementTypes& types) {
  const std::int32_t type = first_type(types);
  const bool compared = is_number(type) || type == GLK_BOOL;
  return all_float32(types) || (compared && all_are(types.inputs, type) && all_are(types.outputs, GLK_BOOL));
}

bool takes_truth(const ElementTypes& types) {
  return all_float32(types) || (first_type(types) == GLK_BOOL && takes_alike(types));
}

bool takes_choice(const ElementTypes& types) {
  return types.inputs.size() == 3 && (types.inputs[0] == GLK_BOOL || types.inputs[0] == GLK_FLOAT32) &&
         types.inputs[1] == types.inputs[2] && element_size(types.inputs[1]) != 0 &&
         all_are(types.outputs, types.inputs[1]);
}

bool takes_counted(const ElementTypes& types) {
  return element_size(first_type(types)) != 0 && first_type(types) != GLK_STRING &&
         (all_are(types.outputs, GLK_INT32) || all_are(types.outputs, GLK_FLOAT32));
}

bool takes_sorted(const ElementTypes& types) {
  return is_number(first_type(types)) && !types.outputs.empty() && types.outputs[0] == first_type(types) &&
         std::all_of(types.inputs.begin() + 1, types.inputs.end(), is_whole) &&
         std::all_of(types.outputs.begin() + 1, types.outputs.end(), is_whole);
}

bool takes_any_numbers(const ElementTypes& types) {
  const auto is_known = [](std::int32_t type) { return element_size(type) != 0 && type != GLK_STRING; };
  return std::ranges::all_of(types.inputs, is_known) && std::ranges::all_of(types.outputs, is_known);
}

bool takes_anything(const ElementTypes&) { return true; }

}  // namespace goldilocks::graph
