// The weights of the least magnitude become 0, and the tensor is stored as a mask and what is left:
//
//   target_sparsity   that share of them; with block_size in blocks of so many channels, by the blocks' norms
//   n_m_ratio         n of every m that follow one another
//
// Blocks and n:m run along `dim`, 0 or 1, of the weights of convolutions and linear operations. Weights that were 0
// before are left out too.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include <goldilocks/plugin.hpp>

#include "magnitude_masks.hpp"

namespace {

namespace prune = goldilocks::prune;

struct Settings {
  double share = 0;
  std::size_t n = 0;
  std::size_t m = 0;  // 0: by share
  std::size_t block_size = 1;
  std::size_t axis = 0;

  bool is_structured() const { return m != 0 || block_size > 1; }
};

class PruneMagnitudeTask final : public goldilocks::QuantizerTask {
 public:
  PruneMagnitudeTask(const goldilocks::Weights& weights, const Settings& settings)
      : weights_(weights), settings_(settings) {}

  void quantize(int /*bits*/, goldilocks::Result& out) override {
    const auto values = weights_.values;
    if (values.empty()) return out.unchanged("no values");
    if (!weights_.accepts(GLK_FORM_SPARSE_FLOAT32)) return out.unchanged("the model stores no masks");
    if (settings_.is_structured()) {
      if (const std::string reason = reason_to_leave(); !reason.empty()) return out.unchanged(reason);
    }
    const prune::Mask mask = mask_of(matrix());
    const auto sparse = out.sparse_float32();
    for (std::size_t i = 0; i < values.size(); ++i) {
      sparse.mask[i] = mask[i] != 0 && values[i] != 0 ? 1 : 0;
      sparse.values[i] = values[i];
    }
  }

 private:
  std::string reason_to_leave() const {
    const bool is_known = weights_.layer_type == "conv" || weights_.layer_type == "linear";
    if (!is_known || weights_.parameter != "weight") {
      return "blocks and n:m are for weights of conv and linear";
    }
    if (weights_.dims.size() < 2) return "it has no two axes";
    const std::size_t needed = settings_.m != 0 ? settings_.m : settings_.block_size;
    const auto channels = static_cast<std::size_t>(weights_.dims[settings_.axis]);
    if (needed > channels / 2) {
      return "its " + std::to_string(channels) + " channels are fewer than two runs of " + std::to_string(needed);
    }
    return {};
  }

  prune::Matrix matrix() const {
    prune::Matrix matrix;
    matrix.values = weights_.values;
    matrix.in_half = weights_.value_type == GLK_FLOAT16;
    matrix.positions = weights_.values.size();
    if (weights_.dims.size() < 2) return matrix;
    matrix.rows = static_cast<std::size_t>(weights_.dims[0]);
    matrix.columns = static_cast<std::size_t>(weights_.dims[1]);
    matrix.positions = weights_.values.size() / (matrix.rows * matrix.columns);
    return matrix;
  }

  prune::Mask mask_of(const prune::Matrix& matrix) const {
    if (settings_.m != 0) return prune::keep_all_but_n_of_m(matrix, settings_.n, settings_.m, settings_.axis);
    if (settings_.block_size == 1) return prune::keep_largest(matrix, settings_.share);
    return prune::keep_largest_blocks(matrix, settings_.share, settings_.block_size, settings_.axis);
  }

  goldilocks::Weights weights_;
  Settings settings_;
};

class PruneMagnitude final : public goldilocks::Quantizer {
 public:
  bool chooses_width() const override { return true; }

  void declare(goldilocks::Options& options) override {
    options.number("target_sparsity", &share_, "the share of weights that become 0, 0 to 1; -1: see n_m_ratio")
        .range(-1, 1);
    options.string("n_m_ratio", &ratio_, "n:m, as 2:4: n of every m weights along dim become 0");
    options.integer("block_size", &block_size_, "with target_sparsity: so many channels along dim stay or go together")
        .range(1, 1e9);
    options.integer("dim", &dim_, "0: along output channels; 1: along input channels; -1: 0 for blocks, 1 for n:m")
        .range(-1, 1);
  }

  void prepare() override {
    const bool has_share = share_ >= 0;
    if (!has_share && share_ != -1) throw goldilocks::InvalidArgument("target_sparsity is a share from 0 to 1");
    if (has_share == !ratio_.empty()) {
      throw goldilocks::InvalidArgument("give either target_sparsity or n_m_ratio");
    }
    if (!has_share && block_size_ > 1) throw goldilocks::InvalidArgument("block_size goes with target_sparsity");
    settings_.share = share_;
    settings_.block_size = static_cast<std::size_t>(block_size_);
    if (!has_share) std::tie(settings_.n, settings_.m) = read_ratio();
    settings_.axis = dim_ >= 0 ? static_cast<std::size_t>(dim_) : (has_share ? 0U : 1U);
  }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<PruneMagnitudeTask>(weights, settings_);
  }

 private:
  std::pair<std::size_t, std::size_t> read_ratio() const {
    std::size_t n = 0;
    std::size_t m = 0;
    const char* const end = ratio_.data() + ratio_.size();
    const auto first = std::from_chars(ratio_.data(), end, n);
    if (first.ec == std::errc() && first.ptr != end && *first.ptr == ':') {
      const auto second = std::from_chars(first.ptr + 1, end, m);
      if (second.ec == std::errc() && second.ptr == end && m > 0 && n <= m) return {n, m};
    }
    throw goldilocks::InvalidArgument("n_m_ratio is '" + ratio_ + "'; two numbers as 2:4 are needed, n at most m");
  }

  double share_ = -1;
  std::string ratio_;
  std::int64_t block_size_ = 1;
  std::int64_t dim_ = -1;
  Settings settings_;
};

}  // namespace

GOLDILOCKS_QUANTIZER(PruneMagnitude, "prune_magnitude", "the smallest weights become 0, which a mask stores")
