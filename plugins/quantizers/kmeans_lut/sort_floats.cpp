// A radix sort. The bits of a float become an unsigned key that orders like the value: negative numbers have all bits
// turned over, positive ones the sign bit. Three stable passes over 11, 11 and 10 bits of the key, least significant
// first, sort it; a pass whose digit is the same for all keys has nothing to do and is left out. The keys are made anew
// in each pass, which costs nothing beside the scattered writes: so a copy of the values and one buffer of the same
// length are all the memory that it takes.

#include "sort_floats.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace goldilocks::kmeans {
namespace {

constexpr int pass_count = 3;
constexpr int digit_bits = 11;
constexpr std::size_t values_of_digit = std::size_t{1} << digit_bits;

// Below this many values, filling the buckets costs more than comparing.
constexpr std::size_t few = 512;

constexpr std::uint32_t sign_bit = 0x80000000U;

std::uint32_t key_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return (bits & sign_bit) != 0 ? ~bits : bits | sign_bit;
}

std::uint32_t key_of(const WeightedValue& entry) { return key_of(entry.value); }

template <class Record>
void sort_by_key(std::vector<Record>& records) {
  if (records.size() < few) {
    std::stable_sort(records.begin(), records.end(),
                     [](const Record& left, const Record& right) { return key_of(left) < key_of(right); });
    return;
  }
  const auto digit = [](std::uint32_t key, int pass) {
    return static_cast<std::size_t>(key >> (pass * digit_bits)) & (values_of_digit - 1);
  };
  std::vector<std::array<std::size_t, values_of_digit>> counts(pass_count);
  for (const Record& record : records) {
    const std::uint32_t key = key_of(record);
    for (int pass = 0; pass < pass_count; ++pass) ++counts[static_cast<std::size_t>(pass)][digit(key, pass)];
  }
  std::vector<Record> other(records.size());
  for (int pass = 0; pass < pass_count; ++pass) {
    auto& position = counts[static_cast<std::size_t>(pass)];
    if (position[digit(key_of(records.front()), pass)] == records.size()) continue;
    std::size_t total = 0;
    for (std::size_t& entry : position) {
      const std::size_t count = entry;
      entry = total;
      total += count;
    }
    for (const Record& record : records) other[position[digit(key_of(record), pass)]++] = record;
    records.swap(other);
  }
}

}  // namespace

std::vector<float> sorted(std::span<const float> values) {
  std::vector<float> result(values.begin(), values.end());
  sort_by_key(result);
  return result;
}

std::vector<WeightedValue> sorted(std::span<const float> values, std::span<const float> importance) {
  std::vector<WeightedValue> result(values.size());
  std::transform(values.begin(), values.end(), importance.begin(), result.begin(), [](float value, float weight) {
    return WeightedValue{value, weight};
  });
  sort_by_key(result);
  return result;
}

}  // namespace goldilocks::kmeans
