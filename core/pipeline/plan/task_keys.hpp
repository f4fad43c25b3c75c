#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/data/image.hpp"
#include "core/pipeline/predictions/model_feed.hpp"
#include "core/pipeline/quantization/keep.hpp"
#include "core/pipeline/quantization/network_passes.hpp"
#include "core/pipeline/quantization/weight_rules.hpp"
#include "core/plugins/options.hpp"

namespace goldilocks::pipeline {

// The keys of artifacts: SHA-256 over all that determines their content. Names, paths and threads have no part in it.

// A plugin as a key sees it.
struct KeyedPlugin {
  std::string name;
  std::string file_sha256;
  std::vector<plugins::OptionSpec> specs;
  plugins::OptionValues options;  // complete
};

// The name of the interpolation and the like, as records and keys write them: "center_crop", "bilinear".
std::string to_text(data::Fit fit);
std::string to_text(data::Filter filter);

std::string prepare_key(const std::string& dataset_fingerprint, int width, int height, int channels,
                        const data::Preparation& preparation, std::uint64_t max_unusable);
// Of what goes into a model with a feed.
std::string prepare_key(const std::string& dataset_fingerprint, const std::vector<FedInput>& inputs,
                        const data::Preparation& preparation, std::uint64_t max_unusable);

// A rule as a key sees it.
struct KeyedRule {
  RuleMatch match;
  bool skip = false;
  std::optional<int> bits;
  std::optional<KeyedPlugin> function;
};

// What makes one variant of another model.
struct KeyedQuantization {
  KeyedPlugin function;
  int bits = 0;
  std::string description{};
  std::vector<KeyedRule> rules{};
  bool requantize = false;
  Keep keep = Keep::smaller;
  PassSettings passes{};
};

// `input`: the SHA-256 of a loaded model's file, or the key of the task that makes the input.
std::string quantize_key(const std::string& input, const KeyedQuantization& quantization);

// `output`: that which is compared, of a model with a feed.
std::string predict_key(const std::string& model, const std::string& prepared_key, const KeyedPlugin& backend,
                        bool scores_only, const std::string& output = {});

// How sensitivities are measured.
struct KeyedSensitivity {
  KeyedPlugin function;
  std::vector<int> widths;
  KeyedPlugin backend;
  std::uint64_t samples = 0;
};

// `model`: the SHA-256 of the loaded model's file. The sensitivity of one tensor has a key of its own.
std::string sensitivity_key(const std::string& model, const std::string& prepared_key,
                            const KeyedSensitivity& sensitivity);
std::string tensor_key(const std::string& sensitivity, const std::string& layer, const std::string& parameter);

struct KeyedMix {
  std::string target;  // in words; a variant by what identifies its content
  std::string description;
  std::uint64_t measurements = 0;
};

std::string mix_key(const std::string& sensitivity_key, const KeyedMix& mix);

}  // namespace goldilocks::pipeline
