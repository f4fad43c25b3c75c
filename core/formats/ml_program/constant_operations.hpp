#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/ml_program/opset.hpp"
#include "core/formats/ml_program/program.hpp"
#include "core/weights/stored.hpp"

namespace goldilocks::ml_program {

// A value that is not in a file yet has this index in its reference, where it shall get a place in one.
inline constexpr std::size_t blob_to_be_written = static_cast<std::size_t>(-1);

// The arrays of a weight as values of a program, made once: several functions that share a weight share these, and a
// file has them once. Floats, tables and scales are of the constant's type already, codes as narrow as they are stored.
class WeightValues {
 public:
  // `file`: the weight file for values of ten elements and more, as a value names it. The others are immediate.
  WeightValues(weights::Stored stored, ElementType element, std::string file);

  const weights::Stored& stored() const { return stored_; }
  ElementType element() const { return element_; }

  // Of a tensor of this shape; one value for one of the names, however often it is asked for.
  std::shared_ptr<const Value> value(std::string_view name, const weights::Array& array, Shape shape);

 private:
  weights::Stored stored_;
  ElementType element_;
  std::string file_;
  std::vector<std::pair<std::string, std::shared_ptr<const Value>>> values_;
};

// What the operations that make a constant are to be.
struct ConstantPlace {
  std::string output;                 // the constant's name
  std::shared_ptr<const Value> name;  // of its last operation; null: none
  Opset opset = Opset::ios18;         // of the function: the form before iOS 18, or that from then on
  std::function<std::string(std::string_view)> fresh_name;  // one that no value of the function has, from a wish
};

// The first set of operations that can store it for a constant of this type; nothing where none can.
std::optional<Opset> opset_for(const weights::Encoding& encoding, std::span<const std::int64_t> shape,
                               ElementType element);

// The operations that make the constant, in order. Precondition: opset_for() is at most the place's set.
std::vector<Operation> constant_operations(WeightValues& values, const ConstantPlace& place);

// A weight as the file will have it: codes packed, only what a mask keeps, floats, entries and scales rounded to the
// type of the constant, unused codes of a width that the form lacks made room for. Throws ModelError that begins with
// `place` where a number becomes infinite.
weights::Stored as_written(weights::Stored stored, ElementType element, std::string_view place);

}  // namespace goldilocks::ml_program
