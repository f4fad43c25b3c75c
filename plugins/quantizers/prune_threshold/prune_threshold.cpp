// Weights whose magnitude is at most a threshold become 0, and the tensor is stored as a mask and what is left. A
// tensor in which too few are 0 for that to pay stays as it is.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>

#include <goldilocks/plugin.hpp>

namespace {

class PruneThresholdTask final : public goldilocks::QuantizerTask {
 public:
  PruneThresholdTask(const goldilocks::Weights& weights, double threshold, double least_share)
      : weights_(weights), threshold_(threshold), least_share_(least_share) {}

  void quantize(int /*bits*/, goldilocks::Result& out) override {
    const auto values = weights_.values;
    if (values.empty()) return out.unchanged("no values");
    if (!weights_.accepts(GLK_FORM_SPARSE_FLOAT32)) return out.unchanged("the model stores no masks");
    const auto zeros =
        static_cast<std::size_t>(std::ranges::count_if(values, [&](float value) { return is_small(value); }));
    if (static_cast<double>(zeros) / static_cast<double>(values.size()) < least_share_) {
      return out.unchanged(std::to_string(zeros) + " of its " + std::to_string(values.size()) +
                           " weights are within the threshold: too few");
    }
    const auto sparse = out.sparse_float32();
    for (std::size_t i = 0; i < values.size(); ++i) {
      sparse.mask[i] = is_small(values[i]) ? 0 : 1;
      sparse.values[i] = values[i];
    }
  }

 private:
  bool is_small(float value) const { return static_cast<double>(std::fabs(value)) <= threshold_; }

  goldilocks::Weights weights_;
  double threshold_;
  double least_share_;
};

class PruneThreshold final : public goldilocks::Quantizer {
 public:
  bool chooses_width() const override { return true; }

  void declare(goldilocks::Options& options) override {
    options.number("threshold", &threshold_, "the largest magnitude that becomes 0").range(0, 1e38);
    options
        .number("minimum_sparsity_percentile", &least_share_,
                "the least share of weights that must be 0; a tensor with fewer stays as it is")
        .range(0, 1);
  }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<PruneThresholdTask>(weights, threshold_, least_share_);
  }

 private:
  double threshold_ = 1e-12;
  double least_share_ = 0.5;
};

}  // namespace

GOLDILOCKS_QUANTIZER(PruneThreshold, "prune_threshold", "small weights become 0, which a mask stores")
