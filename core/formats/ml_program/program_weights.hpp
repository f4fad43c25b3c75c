#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/formats/ml_program/constants.hpp"
#include "core/formats/ml_program/opset.hpp"
#include "core/weights/stored.hpp"
#include "core/weights/weight.hpp"

namespace goldilocks::ml_program {

// One weight of a program: the constants that hold it, one in each function that has it.
struct ProgramWeight {
  ElementType element = ElementType::float32;  // of the values: float16 or float32
  struct Place {
    const Operation* operation = nullptr;  // that makes the constant
    const Constants* constants = nullptr;  // of its block
  };
  std::vector<Place> places;
  std::string file;  // the weight file for what it becomes, as a value names it
};

// The weights of a program: its float16 and float32 constants of two and more dimensions or of one, compressed or not,
// that operations read, in the order of their first readers. What several operations, or functions by one place in a
// file, read is one weight, named after the first. The program and its files must outlive this object.
class ProgramWeights {
 public:
  // `place` begins messages; what needs a later set of operations than `ceiling` is not accepted. The program is one
  // that check_program() found nothing wrong with.
  ProgramWeights(const Program& program, const std::string& place, Opset ceiling);

  std::span<const weights::Weight> weights() const { return weights_; }
  const ProgramWeight& operator[](std::size_t index) const { return details_[index]; }

  // Views of the file's own arrays.
  weights::Stored read(std::size_t index) const;

  const Program& program() const { return *program_; }

 private:
  class Walk;
  const Program* program_;
  std::deque<Constants> constants_;  // addresses stay
  std::vector<weights::Weight> weights_;
  std::vector<ProgramWeight> details_;
};

// What constants of this shape and type can become without a later set of operations than `ceiling`.
weights::Accepted accepted_encodings(std::span<const std::int64_t> shape, ElementType element, Opset ceiling);

}  // namespace goldilocks::ml_program
