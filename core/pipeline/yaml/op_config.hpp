#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/pipeline/yaml/grammar.hpp"

namespace goldilocks::pipeline {

// The classes of coremltools.optimize.coreml for one operation's weights, and the values of their fields, by index.
enum class OpConfigType : std::uint8_t { palettizer, linear_quantizer, threshold_pruner, magnitude_pruner };
inline constexpr std::array<std::string_view, 4> op_config_types = {
    "OpPalettizerConfig", "OpLinearQuantizerConfig", "OpThresholdPrunerConfig", "OpMagnitudePrunerConfig"};
inline constexpr std::array<std::string_view, 4> palettizer_modes = {"kmeans", "uniform", "unique", "custom"};
inline constexpr std::array<std::string_view, 2> linear_modes = {"linear_symmetric", "linear"};
inline constexpr std::array<std::string_view, 4> linear_types = {"int8", "uint8", "int4", "uint4"};
inline constexpr std::array<std::string_view, 2> palettizer_granularities = {"per_tensor", "per_grouped_channel"};
inline constexpr std::array<std::string_view, 3> linear_granularities = {"per_tensor", "per_channel", "per_block"};

// One length for the input axis, or a list with one for each axis.
struct BlockSizes {
  std::vector<std::uint64_t> sizes;
  bool is_list = false;
};

// The fields of all classes under their own names; nothing where a config leaves one out or says null.
struct OpConfig {
  OpConfigType type = OpConfigType::palettizer;
  std::optional<std::size_t> mode, dtype, granularity;
  std::optional<std::uint64_t> nbits, group_size, cluster_dim, num_kmeans_workers, weight_threshold;
  std::optional<std::int64_t> channel_axis;
  std::optional<bool> enable_per_channel_scale;
  std::optional<BlockSizes> block_sizes;  // block_size of the linear quantizer
  std::optional<std::uint64_t> block_size, dim;
  std::optional<double> threshold, minimum_sparsity_percentile, target_sparsity;
  std::optional<std::vector<std::uint64_t>> n_m_ratio;
};

// The keys of a config of this class.
const MappingOf<OpConfig>& op_config_keys(OpConfigType type);

}  // namespace goldilocks::pipeline
