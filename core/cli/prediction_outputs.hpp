#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <goldilocks/runtime.hpp>
#include <nlohmann/json.hpp>

#include "core/base/input_files.hpp"
#include "core/runtime/stage.hpp"

namespace goldilocks::cli {

// What a prediction gives beside its outputs.
struct BesideOutputs {
  runtime::Values inner;   // tensors from inside, by name
  runtime::Values states;  // as they are afterwards
};

// One prediction's results as text for a terminal: labels and numbers as they are, the `top` highest entries of
// dictionaries, of arrays the shape, range and first values.
std::string prediction_text(const runtime::Description& model, const runtime::Values& outputs,
                            const BesideOutputs& beside, std::size_t top);

// All of it: {"outputs": {...}, "inner": {...}, "state": {...}}. An array is {"type", "shape", "values"}, an image
// {"width", "height", "format"}; what is not a number is null.
nlohmann::ordered_json prediction_json(const runtime::Values& outputs, const BesideOutputs& beside);

// Writes <output>.npy for arrays and images of floating point, <output>.png for images, outputs.json for the rest (if
// there is any), inner tensors as inner/<name>.npy, states as state/<name>.npy. Each file whole or not at all. A letter
// that no file's name can have is written as _. Throws UsageError, before anything is written, where one of the files
// is among `inputs`.
void write_prediction(const std::filesystem::path& folder, const runtime::Values& outputs, const BesideOutputs& beside,
                      const InputFiles& inputs);

}  // namespace goldilocks::cli
