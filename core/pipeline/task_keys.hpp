#pragma once

#include <string>
#include <vector>

#include "core/data/image.hpp"
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
                        const data::Preparation& preparation);

// `input`: the SHA-256 of a loaded model's file, or the key of the task that makes the input.
std::string quantize_key(const std::string& input, const KeyedPlugin& function, int bits,
                         const std::string& description);

std::string predict_key(const std::string& model, const std::string& prepared_key, const KeyedPlugin& backend,
                        bool scores_only);

}  // namespace goldilocks::pipeline
