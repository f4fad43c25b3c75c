#include "core/pipeline/yaml/op_config.hpp"

#include <algorithm>

#include "core/pipeline/yaml/values.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {
namespace {

constexpr std::array<std::uint64_t, 6> table_widths = {1, 2, 3, 4, 6, 8};

Format<std::uint64_t> table_width() {
  auto format = whole();
  format.read = [read = format.read](const Input& input, std::uint64_t& value) {
    if (!read(input, value)) return false;
    return std::ranges::find(table_widths, value) != table_widths.end() ||
           input.fault(input.what + " must be one of 1, 2, 3, 4, 6, 8");
  };
  return format;
}

Format<BlockSizes> block_sizes() {
  const auto sizes = list_of(whole({.most = std::uint64_t{1} << 40U}));
  return {sizes.type,
          [sizes](const Input& input, BlockSizes& value) {
            value.is_list = input.node.IsSequence();
            return sizes.read(input, value.sizes);
          },
          {}};
}

Format<std::vector<std::uint64_t>> ratio() {
  auto format = list_of(whole({.most = 1'000'000'000}));
  format.read = [read = format.read](const Input& input, std::vector<std::uint64_t>& value) {
    if (!read(input, value)) return false;
    return (value.size() == 2 && value[1] > 0 && value[0] <= value[1]) ||
           input.fault(input.what + " must be two numbers [n, m], n at most m");
  };
  return format;
}

KeyOf<OpConfig> threshold_of_weights() {
  return {"weight_threshold", &OpConfig::weight_threshold, whole(), "Tensors of no more values stay."};
}

const MappingOf<OpConfig>& palettizer_keys() {
  static const MappingOf<OpConfig> table(
      "an OpPalettizerConfig",
      {
          {"mode", &OpConfig::mode, index_of(palettizer_modes), "How the table is made."},
          {"nbits", &OpConfig::nbits, table_width(), "The width."},
          {"granularity", &OpConfig::granularity, index_of(palettizer_granularities), "What has a table of its own."},
          {"group_size", &OpConfig::group_size, whole({.most = std::uint64_t{1} << 40U}), "Channels of a group."},
          {"channel_axis", &OpConfig::channel_axis, axis(), "The axis of the channels."},
          {"cluster_dim", &OpConfig::cluster_dim, whole({.least = 1, .most = 256}), "The length of vectors."},
          {"enable_per_channel_scale", &OpConfig::enable_per_channel_scale, flag(), "Whether channels are scaled."},
          {"num_kmeans_workers", &OpConfig::num_kmeans_workers, whole(), "Processes; it changes no result."},
          threshold_of_weights(),
      });
  return table;
}

const MappingOf<OpConfig>& linear_quantizer_keys() {
  static const MappingOf<OpConfig> table(
      "an OpLinearQuantizerConfig",
      {
          {"mode", &OpConfig::mode, index_of(linear_modes), "With or without zero points."},
          {"dtype", &OpConfig::dtype, index_of(linear_types), "The type of a code."},
          {"granularity", &OpConfig::granularity, index_of(linear_granularities), "What has a scale of its own."},
          {"block_size", &OpConfig::block_sizes, block_sizes(), "The lengths of a block."},
          threshold_of_weights(),
      });
  return table;
}

const MappingOf<OpConfig>& threshold_pruner_keys() {
  static const MappingOf<OpConfig> table(
      "an OpThresholdPrunerConfig",
      {
          {"threshold", &OpConfig::threshold, number({.least = 0, .most = 1e38}), "The largest magnitude that goes."},
          {"minimum_sparsity_percentile", &OpConfig::minimum_sparsity_percentile, number({.least = 0, .most = 1}),
           "The least share of zeros."},
          threshold_of_weights(),
      });
  return table;
}

const MappingOf<OpConfig>& magnitude_pruner_keys() {
  static const MappingOf<OpConfig> table(
      "an OpMagnitudePrunerConfig",
      {
          {"target_sparsity", &OpConfig::target_sparsity, number({.least = 0, .most = 1}), "The share of zeros."},
          {"block_size", &OpConfig::block_size, whole({.least = 1, .most = 1'000'000'000}), "Channels of a block."},
          {"n_m_ratio", &OpConfig::n_m_ratio, ratio(), "n of every m."},
          {"dim", &OpConfig::dim, whole({.most = 1}), "The axis."},
          threshold_of_weights(),
      });
  return table;
}

}  // namespace

const MappingOf<OpConfig>& op_config_keys(OpConfigType type) {
  switch (type) {
    case OpConfigType::palettizer:
      return palettizer_keys();
    case OpConfigType::linear_quantizer:
      return linear_quantizer_keys();
    case OpConfigType::threshold_pruner:
      return threshold_pruner_keys();
    default:
      return magnitude_pruner_keys();
  }
}

}  // namespace goldilocks::pipeline
