#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/formats/ml_program/program.hpp"

namespace goldilocks::ml_program {

// const, or one of the constexpr operations.
bool is_constant(const Operation& operation);

// Where a value comes from: a result of a const or constexpr operation.
struct ConstantSource {
  const Operation* operation = nullptr;
  std::size_t result = 0;
  int depth = 0;  // of constexpr operations that feed it, one the other
};

// A tensor of numbers: its own bytes, or a view of the file's.
struct DenseTensor {
  Type type;
  std::vector<std::byte> owned;
  std::span<const std::byte> view;

  std::span<const std::byte> bytes() const { return owned.empty() ? view : std::span<const std::byte>(owned); }
};

// The tensor of numbers that a constant is; nothing for other kinds, and for immediate int16 and uint16.
std::optional<DenseTensor> view_of(const Value& value);

// The constants of one block by name (its const and constexpr operations), and those of the blocks around it. The
// program must be one that check_program() found nothing wrong with.
class Constants {
 public:
  // Throws ModelError where more than 6 constexpr operations feed one another, one the other: joint
  // compression takes 3, and each may double the work.
  explicit Constants(const Block& block, const Constants* around = nullptr);

  // Null where the name is no constant's.
  const ConstantSource* find(std::string_view name) const;

  // What the operation makes, decompressed: integers and floats as the reference implementation's evaluator has them,
  // which rounds each step to the type of the result (see docs/mlprogram.md). A const is a view. Nothing for constants
  // that are no tensors of numbers.
  std::optional<DenseTensor> dense(const ConstantSource& source) const;

  // A parameter's tensor, decompressed if it comes from a constexpr operation itself.
  std::optional<DenseTensor> dense(const Operation& operation, std::string_view parameter) const;

 private:
  const Constants* around_;
  std::unordered_map<std::string_view, ConstantSource> sources_;
};

}  // namespace goldilocks::ml_program
