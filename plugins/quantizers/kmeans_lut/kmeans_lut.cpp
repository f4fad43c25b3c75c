// A lookup table of the 2^n values with the least squared error for the whole tensor: one-dimensional k-means, solved
// to its optimum. Where the tensor comes with an importance per weight, each error counts by it.
//
// Entries are in ascending order; a tensor with fewer distinct values than entries is stored without loss, and the
// entries left over, at the end, are 0.
//
// Where a table of vectors is asked for, there is no way to the optimum; see vector_kmeans.hpp for what is done.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <goldilocks/plugin.hpp>
#include <goldilocks/zero_point.hpp>

#include "assign_codes.hpp"
#include "half_counts.hpp"
#include "optimal_kmeans.hpp"
#include "vector_kmeans.hpp"

namespace {

namespace kmeans = goldilocks::kmeans;

void check_importance(std::span<const float> importance) {
  if (!std::all_of(importance.begin(), importance.end(), [](float x) { return std::isfinite(x) && x >= 0; })) {
    throw goldilocks::BadData("an importance is negative or not finite");
  }
}

class KmeansLutTask final : public goldilocks::QuantizerTask {
 public:
  KmeansLutTask(const goldilocks::Weights& weights, const goldilocks::Host& host)
      : values_(weights.values), importance_(weights.importance), host_(host) {
    if (values_.size() >= std::size_t{1} << 31U) {
      throw goldilocks::Unsupported("a tensor of 2^31 weights or more");
    }
    check_importance(importance_);
  }

  void quantize(int bits, goldilocks::Result& out) override {
    if (values_.empty()) return out.unchanged();
    if (bits == 16) return out.float16();
    if (!solver_) prepare();
    const kmeans::OptimalKmeans::Clusters clusters = solver_->solve(std::size_t{1} << bits);
    const auto [table, codes] = out.table(bits);  // after the search, which needs the memory for itself
    std::copy(clusters.centroids.begin(), clusters.centroids.end(), table.begin());
    if (are_halves_) {
      kmeans::assign_half_codes(values_, clusters.borders, codes);
    } else {
      kmeans::assign_codes(values_, clusters.borders, codes);
    }
  }

 private:
  // What all widths share, made when first needed: not for float16.
  void prepare() {
    const auto before_pass = [this] { host_.throw_if_cancelled(); };
    if (importance_.empty()) {
      if (const std::optional<kmeans::HalfCounts> counts = kmeans::HalfCounts::of(values_)) {
        are_halves_ = true;
        solver_ = std::make_unique<kmeans::OptimalKmeans>(counts->points(), before_pass);
        return;
      }
    }
    solver_ = std::make_unique<kmeans::OptimalKmeans>(values_, importance_, before_pass);
  }

  std::span<const float> values_;
  std::span<const float> importance_;
  goldilocks::Host host_;
  bool are_halves_ = false;
  std::unique_ptr<kmeans::OptimalKmeans> solver_;
};

class KmeansVectorsTask final : public goldilocks::QuantizerTask {
 public:
  KmeansVectorsTask(const goldilocks::Weights& weights, const goldilocks::Host& host)
      : length_(weights.vector_length), in_half_(weights.value_type == GLK_FLOAT16) {
    check_importance(weights.importance);
    goldilocks::Weights importance = weights;
    importance.values = weights.importance;
    const std::vector<float> rows = gather_vectors(weights);
    solver_ = std::make_unique<kmeans::VectorKmeans>(rows, length_, means_of(gather_vectors(importance), length_),
                                                     [host] { host.throw_if_cancelled(); });
    is_empty_ = rows.empty();
  }

  void quantize(int bits, goldilocks::Result& out) override {
    if (is_empty_) return out.unchanged();
    if (bits == 16) return out.float16();
    const auto rounded = [this](float value) { return in_half_ ? goldilocks::affine::round_to_half(value) : value; };
    const kmeans::VectorKmeans::Clusters clusters = solver_->solve(std::size_t{1} << bits, rounded);
    const auto [table, codes] = out.vector_table(bits, length_);
    std::ranges::copy(clusters.centroids, table.begin());
    std::ranges::copy(clusters.codes, codes.begin());
  }

 private:
  // A row counts by the mean of what its values do.
  static std::vector<float> means_of(const std::vector<float>& rows, std::size_t length) {
    std::vector<float> means;
    for (std::size_t begin = 0; begin < rows.size(); begin += length) {
      double sum = 0;
      for (std::size_t j = 0; j < length; ++j) sum += static_cast<double>(rows[begin + j]);
      means.push_back(static_cast<float>(sum / static_cast<double>(length)));
    }
    return means;
  }

  std::size_t length_;
  bool in_half_;
  bool is_empty_ = false;
  std::unique_ptr<kmeans::VectorKmeans> solver_;
};

class KmeansLut final : public goldilocks::Quantizer {
 public:
  bool vector_tables() const override { return true; }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    if (weights.vector_length > 1) return std::make_unique<KmeansVectorsTask>(weights, host());
    return std::make_unique<KmeansLutTask>(weights, host());
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(KmeansLut, "kmeans_lut", "lookup table with the least squared error for the whole tensor")
