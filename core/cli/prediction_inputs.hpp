#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <goldilocks/runtime.hpp>

#include "core/data/image.hpp"

namespace goldilocks::cli {

// What one prediction is made of: what the user wrote for each input.
struct PredictionRequest {
  std::string name;                           // of the file that it comes from, relative to its folder; "" for no file
  std::map<std::string, std::string> values;  // by input: a file, or a literal
};

// Sorts `NAME=VALUE` and `VALUE` (of a model with one input that must be given) by predictions: one for all inputs, or
// for a model with one such input one for each value; a folder stands for all files inside, at any depth. Throws
// UsageError.
std::vector<PredictionRequest> prediction_requests(const std::vector<std::string>& given,
                                                   const std::vector<runtime::Feature>& inputs);

// The value that was written for an input: the content of a .npy, .json or image file, JSON itself where it begins with
// [ or {, a number or a text. Images are fitted to the input. Throws UsageError that begins with the input for what
// can't be one, DataError and FileError for files.
runtime::Value read_value(const std::string& text, const runtime::Feature& input, const data::Preparation& preparation);

}  // namespace goldilocks::cli
