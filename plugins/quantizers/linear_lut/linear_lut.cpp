// A lookup table of 2^n evenly spaced values over the range of the whole tensor.
//
//   range: closed      table[i] = i * scale + least, scale = (largest - least) / (2^n - 1); the codes of `linear`
//   range: half_open   table[i] = i * scale + least, scale = (largest - least) / 2^n; the nearest entry, the lower on a
//   tie
//
// in float64; the table is stored as float32. For ML Programs the closed table is that of their reference
// implementation, which rounds every operation to the type of the weights: see goldilocks/zero_point.hpp. The closed
// table reaches the largest weight; the half open one stops a
// step short of it, as the first version of the reference implementation had it.

#include <memory>
#include <span>
#include <string>

#include <goldilocks/affine.hpp>
#include <goldilocks/plugin.hpp>
#include <goldilocks/zero_point.hpp>

namespace {

namespace affine = goldilocks::affine;

class LinearLutTask final : public goldilocks::QuantizerTask {
 public:
  LinearLutTask(const goldilocks::Weights& weights, bool half_open, affine::Arithmetic arithmetic)
      : weights_(weights), values_(weights.values), half_open_(half_open), arithmetic_(arithmetic) {
    if (!values_.empty()) range_ = affine::channel_ranges(values_, affine::channel_layout({}, -1, values_.size()))[0];
  }

  void quantize(int bits, goldilocks::Result& out) override {
    if (values_.empty()) return out.unchanged();
    if (bits == 16) return out.float16();
    const auto [table, codes] = out.table(bits);
    if (!half_open_ && weights_.has_zero_points()) {
      const std::string note = affine::uniform_table(weights_, range_, bits, arithmetic_, table, codes);
      if (!note.empty()) out.note(note);
      return;
    }
    const affine::Affine rule =
        half_open_ ? affine::affine_of_half_open_range(range_, bits) : affine::affine_of_range(range_, bits);
    for (std::size_t i = 0; i < table.size(); ++i) {
      table[i] = affine::to_float32(static_cast<double>(i) * rule.scale + rule.bias, "table entry");
    }
    if (half_open_) {
      affine::nearest_codes(values_, rule, static_cast<int>(table.size()) - 1, codes);
    } else {
      affine::multiplied_codes(values_, rule, codes);
    }
  }

 private:
  goldilocks::Weights weights_;
  std::span<const float> values_;
  affine::ValueRange range_;
  bool half_open_;
  affine::Arithmetic arithmetic_;
};

class LinearLut final : public goldilocks::Quantizer {
 public:
  void declare(goldilocks::Options& options) override {
    options.choice("range", &range_, {"closed", "half_open"},
                   "closed reaches the largest weight; half_open stops one step short of it, as coremltools 2.0b1 did");
    affine::declare_arithmetic(options, &arithmetic_);
  }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<LinearLutTask>(weights, range_ == "half_open", affine::arithmetic_named(arithmetic_));
  }

 private:
  std::string range_ = "closed";
  std::string arithmetic_ = "reference";
};

}  // namespace

GOLDILOCKS_QUANTIZER(LinearLut, "linear_lut", "evenly spaced lookup table over the range of the whole tensor")
