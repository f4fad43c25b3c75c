// A lookup table of the 2^n values with the least squared error for the whole tensor: one-dimensional k-means, solved
// to its optimum. Where the tensor comes with an importance per weight, each error counts by it.
//
// Entries are in ascending order; a tensor with fewer distinct values than entries is stored without loss, and the
// entries left over, at the end, are 0.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>

#include <goldilocks/plugin.hpp>

#include "assign_codes.hpp"
#include "optimal_kmeans.hpp"

namespace {

namespace kmeans = goldilocks::kmeans;

class KmeansLutTask final : public goldilocks::QuantizerTask {
 public:
  KmeansLutTask(const goldilocks::Weights& weights, const goldilocks::Host& host)
      : values_(weights.values), importance_(weights.importance), host_(host) {
    if (values_.size() >= std::size_t{1} << 31U) {
      throw goldilocks::Unsupported("a tensor of 2^31 weights or more");
    }
    if (!std::all_of(importance_.begin(), importance_.end(), [](float x) { return std::isfinite(x) && x >= 0; })) {
      throw goldilocks::BadData("an importance is negative or not finite");
    }
  }

  void quantize(int bits, goldilocks::Result& out) override {
    if (values_.empty()) return out.unchanged();
    if (bits == 16) return out.float16();
    if (!solver_) {
      solver_ = std::make_unique<kmeans::OptimalKmeans>(values_, importance_, [this] { host_.throw_if_cancelled(); });
    }
    const kmeans::OptimalKmeans::Clusters clusters = solver_->solve(std::size_t{1} << bits);
    const auto [table, codes] = out.table(bits);  // after the search, which needs the memory for itself
    std::copy(clusters.centroids.begin(), clusters.centroids.end(), table.begin());
    kmeans::assign_codes(values_, clusters.borders, codes);
  }

 private:
  std::span<const float> values_;
  std::span<const float> importance_;
  goldilocks::Host host_;
  std::unique_ptr<kmeans::OptimalKmeans> solver_;  // sorts the weights when first needed: not for float16
};

class KmeansLut final : public goldilocks::Quantizer {
 public:
  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<KmeansLutTask>(weights, host());
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(KmeansLut, "kmeans_lut", "lookup table with the least squared error for the whole tensor")
