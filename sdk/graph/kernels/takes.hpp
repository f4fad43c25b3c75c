#pragma once

#include <goldilocks/graph/kernel.hpp>

// What kernels say of the types of values that they take.
namespace goldilocks::graph {

// One type, whichever it is, for all inputs and outputs: what moves elements.
bool takes_alike(const ElementTypes& types);
// The first input and the outputs are of one type; further inputs are whole numbers (or truth values), of an
// integer type or float32.
bool takes_placed(const ElementTypes& types);
// The same, but the third input is of the first one's type, too.
bool takes_updates(const ElementTypes& types);
// One type of numbers that float64 holds exactly, for all.
bool takes_numbers(const ElementTypes& types);
// The inputs are of one such type, or truth values; the output is a truth value. Or all are float32.
bool takes_compared(const ElementTypes& types);
// Truth values alone, or float32 alone.
bool takes_truth(const ElementTypes& types);
// The first input is a truth value or float32; all else is of one type.
bool takes_choice(const ElementTypes& types);
// The input holds numbers or truth values, or whatever has a shape; outputs are int32 or float32.
bool takes_counted(const ElementTypes& types);
// The first output is of the first input's type of numbers; all else are whole numbers.
bool takes_sorted(const ElementTypes& types);
// Numbers and truth values of any types.
bool takes_any_numbers(const ElementTypes& types);
// Whatever it is given.
bool takes_anything(const ElementTypes& types);

}  // namespace goldilocks::graph
