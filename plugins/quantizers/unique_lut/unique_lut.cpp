// Smaller without any loss: the smallest table, of 1 to 8 bits, that holds every distinct value of the tensor, bit for
// bit, or every distinct vector where a table of vectors is asked for. In ML Programs 0 and -0 are one value, as their
// reference implementation has it, and whether a table pays is the host's to say. Weights that were rounded or
// clustered before (by training, pruning, or a tool that then stored floats) have few of them. A tensor that has too
// many, or is too small to pay for a table, stays as it is, with the reason.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <goldilocks/plugin.hpp>

#include "distinct_rows.hpp"
#include "distinct_values.hpp"

namespace {

// What a file spends on saying that there are codes and a table, at most: tags and lengths of the messages around them.
constexpr std::uint64_t framing_bytes = 16;

int bits_of(std::size_t entries) { return std::max(1, static_cast<int>(std::bit_width(entries - 1))); }

class UniqueLutTask final : public goldilocks::QuantizerTask {
 public:
  explicit UniqueLutTask(const goldilocks::Weights& weights)
      : values_(weights.values), value_bytes_(weights.stored_form == GLK_FORM_FLOAT16 ? 2 : 4) {}

  void quantize(int /*bits*/, goldilocks::Result& out) override {
    if (values_.empty()) return out.unchanged("no values");
    const std::optional<goldilocks::unique::DistinctValues> distinct = goldilocks::unique::DistinctValues::of(values_);
    if (!distinct) return out.unchanged("more than 256 distinct values");
    const std::size_t size = distinct->sorted().size();
    const int bits = bits_of(size);
    const std::uint64_t table_bytes = sizeof(float) << static_cast<unsigned>(bits);
    const std::uint64_t code_bytes = (values_.size() * static_cast<std::uint64_t>(bits) + 7) / 8;
    if (code_bytes + table_bytes + framing_bytes >= values_.size() * value_bytes_) {
      return out.unchanged("a table of its " + std::to_string(size) + " distinct values would not be smaller");
    }
    const auto [table, codes] = out.table(bits);
    std::ranges::copy(distinct->sorted(), table.begin());
    std::ranges::transform(values_, codes.begin(), [&](float value) { return distinct->code(value); });
  }

 private:
  std::span<const float> values_;
  std::uint64_t value_bytes_;  // as the model stores them now
};

// Of ML Programs: values or vectors, told apart as numbers.
class UniqueRowsTask final : public goldilocks::QuantizerTask {
 public:
  explicit UniqueRowsTask(const goldilocks::Weights& weights) : length_(weights.vector_length) {
    if (length_ > 1) {
      gathered_ = gather_vectors(weights);
      rows_ = gathered_;
    } else {
      rows_ = weights.values;
    }
  }

  void quantize(int /*bits*/, goldilocks::Result& out) override {
    if (rows_.empty()) return out.unchanged("no values");
    const auto distinct = goldilocks::unique::DistinctRows::of(rows_, length_);
    if (!distinct)
      return out.unchanged(length_ > 1 ? "more than 256 distinct vectors" : "more than 256 distinct values");
    const int bits = bits_of(distinct->table.size() / length_);
    const auto [table, codes] = length_ > 1 ? out.vector_table(bits, length_) : out.table(bits);
    std::ranges::copy(distinct->table, table.begin());
    std::ranges::copy(distinct->codes, codes.begin());
  }

 private:
  std::size_t length_;
  std::vector<float> gathered_;
  std::span<const float> rows_;
};

class UniqueLut final : public goldilocks::Quantizer {
 public:
  bool chooses_width() const override { return true; }
  bool vector_tables() const override { return true; }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    if (weights.vector_length > 1 || weights.has_zero_points()) return std::make_unique<UniqueRowsTask>(weights);
    return std::make_unique<UniqueLutTask>(weights);
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(UniqueLut, "unique_lut", "lossless lookup table of a tensor's distinct values, where they are few")
