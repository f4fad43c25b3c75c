#include "core/formats/ml_program/verify_weights.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"
#include "core/formats/ml_program/package.hpp"
#include "core/formats/ml_program/program_weights.hpp"
#include "core/formats/ml_program/validate.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::ml_program {
namespace {

using weights::Array;
using weights::Stored;

[[noreturn]] void fail(const std::string& problem) {
  throw Error(ExitCode::internal, "what was written is not what should be there: " + problem);
}

bool equal(const Array& a, const Array& b) {
  return a.type.bits == b.type.bits && a.count == b.count && std::ranges::equal(a.bytes, b.bytes);
}

// A zero point that isn't given is 0 where the file has to have one.
bool equal_offsets(const Array& expected, const Array& found) {
  if (!expected.empty()) return equal(expected, found);
  return std::ranges::all_of(found.bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

// The first array that is another one; "" where all are the same.
std::string difference(const Stored& expected, const Stored& found) {
  if (!equal(expected.values, found.values)) return "codes or values";
  if (!equal(expected.mask, found.mask)) return "mask";
  if (!equal(expected.table, found.table)) return "table";
  if (!equal(expected.scaling.scale, found.scaling.scale)) return "scales";
  if (!equal(expected.table_scaling.scale, found.table_scaling.scale)) return "scales of the table";
  if (!equal_offsets(expected.scaling.offset, found.scaling.offset)) return "zero points";
  if (!equal(expected.scaling.bias, found.scaling.bias)) return "offsets";
  return {};
}

// The decompressed values of the weight, by the evaluator, and by the codec.
void compare_values(const weights::Weight& weight, const ProgramWeight& detail, const Stored& stored) {
  const auto& place = detail.places.front();
  const auto dense = place.constants->dense({.operation = place.operation});
  const std::vector<float> values = weights::decode(stored, weight.place);
  if (!dense) fail(weight.place + " has no values");
  const auto differs = [&](std::size_t at) {
    fail(fmt::format("{}: the value at position {} is another by the evaluator's arithmetic", weight.place, at));
  };
  if (dense->type.element == ElementType::float32) {
    const auto* numbers = reinterpret_cast<const float*>(dense->bytes().data());
    if (std::memcmp(numbers, values.data(), values.size() * sizeof(float)) == 0) return;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::memcmp(numbers + i, values.data() + i, sizeof(float)) != 0) differs(i);
    }
    return;
  }
  std::vector<std::uint16_t> halves(values.size());
  std::memcpy(halves.data(), dense->bytes().data(), halves.size() * sizeof(std::uint16_t));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (half_from_float(values[i]) != halves[i]) differs(i);
  }
}

}  // namespace

void verify_weights(const std::filesystem::path& path, const Program& expected,
                    std::span<const WeightContent> contents) {
  Package package = Package::open(path);
  Program program;
  const auto violations = validate(package.model(), package.weights(), program);
  if (!violations.empty()) fail(violations.front().text());
  const ProgramWeights wanted(expected, "", Opset::ios26);
  const ProgramWeights found(program, "", Opset::ios26);
  if (found.weights().size() != wanted.weights().size()) {
    fail(fmt::format("{} weights instead of {}", found.weights().size(), wanted.weights().size()));
  }
  for (std::size_t i = 0; i < found.weights().size(); ++i) {
    const weights::Weight& weight = found.weights()[i];
    if (weight.stored.kind == weights::Kind::none) continue;
    const Stored stored = found.read(i);
    const std::string other = difference(wanted.read(i), stored);
    if (!other.empty()) fail(fmt::format("{}, {}", weight.place, other));
    if (weights::is_coded(weight.stored.kind) || weights::is_sparse(weight.stored.kind)) {
      compare_values(weight, found[i], stored);
    }
  }
  for (const WeightContent& content : contents) {
    const std::string& place = found.weights()[content.weight].place;
    const std::string other = difference(content.stored, found.read(content.weight));
    if (!other.empty()) fail(fmt::format("{}, {}", place, other));
  }
}

}  // namespace goldilocks::ml_program
