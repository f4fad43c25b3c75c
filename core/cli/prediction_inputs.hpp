#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <goldilocks/runtime.hpp>

#include "core/data/image.hpp"

namespace goldilocks::cli {

// What one prediction is made of: what the user wrote for each input.
struct PredictionRequest {
  std::string name;                           // of the file that it comes from, below its folder, or the literal; or ""
  std::string folder;                         // for its outputs, below the one for all: another one for each
  std::map<std::string, std::string> values;  // by input: a file, or a literal
};

// Sorts `NAME=VALUE` and `VALUE` (of a model with one input that must be given) by predictions: one for all inputs, or
// for a model with one such input one for each value; a folder stands for the files inside, at any depth, that count as
// samples (core/data/sample_files.hpp), or for .json files where the input is no image and no array. Files of the same
// name get numbers. Throws UsageError, DataError and FileError.
std::vector<PredictionRequest> prediction_requests(const std::vector<std::string>& given,
                                                   const std::vector<runtime::Feature>& inputs);

// The value that was written for an input: the content of a .npy, .json or image file, JSON itself where it begins with
// [ or {, a number or a text. Images are fitted to the input. Throws UsageError that begins with the input for what
// can't be one, DataError and FileError for files.
runtime::Value read_value(const std::string& text, const runtime::Feature& input, const data::Preparation& preparation);

}  // namespace goldilocks::cli
