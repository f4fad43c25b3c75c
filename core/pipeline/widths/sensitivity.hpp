#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/pipeline/quantization/weight_candidates.hpp"
#include "core/pipeline/widths/divergence_meter.hpp"

namespace goldilocks::pipeline {

// What one tensor does to the answers when it alone is quantized.
struct SensitiveTensor {
  std::string layer;  // with its place
  std::string parameter;
  std::uint64_t count = 0;
  std::vector<int> bits;             // the widths that it can have, in rising order; 16 is float16
  std::vector<double> divergence;    // of the answers, at each of them
  std::vector<std::uint64_t> bytes;  // in the file, at each of them
};

// Quantizes one tensor at every width and measures each. `base` is the model as `candidates` has it.
SensitiveTensor measure_tensor(const WeightCandidates& candidates, std::size_t tensor, const ImageNetwork& base,
                               const DivergenceMeter& meter);

// Of several tensors as the JSON of an artifact, and back. Throws DataError that begins with `name`.
std::string to_json(const std::vector<SensitiveTensor>& tensors);
std::vector<SensitiveTensor> sensitivities_from_json(std::string_view json, const std::string& name);

}  // namespace goldilocks::pipeline
