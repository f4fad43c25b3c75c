#include "core/formats/ml_program/verify_weights.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"
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

// Of values of a type, by the codec, the bytes that the evaluator should have.
std::string bytes_of(std::span<const float> values, ElementType element) {
  if (element == ElementType::float32) return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
  if (first_beyond(values, float16_limit) == values.size()) return narrow_to_halves(values);
  std::string bytes;
  for (const float value : values) {
    const std::uint16_t half = half_from_float(value);
    bytes.append(reinterpret_cast<const char*>(&half), sizeof half);
  }
  return bytes;
}

// The decompressed values of the weight, by the evaluator, and by the codec.
void compare_values(const weights::Weight& weight, const ProgramWeight& detail, const Stored& stored) {
  const auto& place = detail.places.front();
  const auto dense = place.constants->dense({.operation = place.operation});
  if (!dense) fail(weight.place + " has no values");
  weights::check(stored, weight.place);
  weights::Decoder decoder(stored);
  const ElementType element = dense->type.element;
  const std::size_t width = element == ElementType::float32 ? sizeof(float) : sizeof(std::uint16_t);
  std::span<const std::byte> bytes = dense->bytes();
  std::vector<float> values(65536);
  for (std::size_t begin = 0; !bytes.empty();) {
    const auto some = std::span(values).first(std::min(values.size(), bytes.size() / width));
    decoder.next(some);
    const std::string expected = bytes_of(some, element);
    if (std::memcmp(expected.data(), bytes.data(), expected.size()) != 0) {
      const auto differs = std::ranges::mismatch(std::as_bytes(std::span(expected)), bytes);
      const auto at = begin + static_cast<std::size_t>(differs.in2 - bytes.begin()) / width;
      fail(fmt::format("{}: the value at position {} is another by the evaluator's arithmetic", weight.place, at));
    }
    begin += some.size();
    bytes = bytes.subspan(expected.size());
  }
}

}  // namespace

void verify_weights(const std::filesystem::path& path, const Program& expected,
                    std::span<const WeightContent> contents) {
  Package package = Package::open(path);
  verify_weights(package.model(), package.weights(), expected, contents);
}

void verify_weights(const spec::Model& model, WeightFiles& files, const Program& expected,
                    std::span<const WeightContent> contents) {
  Program program;
  const auto violations = validate(model, files, program);
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
