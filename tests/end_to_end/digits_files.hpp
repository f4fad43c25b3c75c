#pragma once

#include <string>

namespace goldilocks {

// The example that ships with the project, as command lines name it.
inline const std::string digits_folder = GOLDILOCKS_SOURCE_DIR "/examples/digits";
inline const std::string digits_model = GOLDILOCKS_SOURCE_DIR "/examples/digits/digits.mlmodel";
inline const std::string digits_program = GOLDILOCKS_SOURCE_DIR "/examples/digits/digits.mlpackage";
inline const std::string digits_images = GOLDILOCKS_SOURCE_DIR "/examples/digits/test/images.npy";
inline const std::string digits_labels = GOLDILOCKS_SOURCE_DIR "/examples/digits/test/labels.npy";
inline const std::string digits_pipeline = GOLDILOCKS_SOURCE_DIR "/pipelines/digits.yaml";
inline const std::string digits_program_pipeline = GOLDILOCKS_SOURCE_DIR "/pipelines/digits_mlprogram.yaml";

}  // namespace goldilocks
