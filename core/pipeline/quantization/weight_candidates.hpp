#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/pipeline/quantization/quantize_model.hpp"

namespace goldilocks::pipeline {

// One weight tensor whose width is to be found.
struct CandidateTensor {
  std::size_t weight = 0;  // index into ModelWeights::weights()
  std::string layer;       // with its place
  std::string parameter;
  std::uint64_t count = 0;
};

// What a tensor becomes at one width.
struct Candidate {
  int bits = 0;  // 16: float16; 32: it stays as it is
  weights::Stored stored;
  std::uint64_t bytes = 0;  // in the file, with the headers of the message
};

// The weight tensors of a model in every width that a function gives them, at the costs of `keep: smaller`: codes that
// take no less space than floats would are no choice. Vectors (biases and the like) have none: they become float16
// where the format accepts that, and otherwise stay. So do matrices that the format takes no codes of, and constants
// with infinite values where float16 is exact. Any thread; what it reads must outlive it.
class WeightCandidates {
 public:
  // `widths`: those to try, in rising order; 16 is float16.
  WeightCandidates(const WeightSource& source, const plugins::QuantizerPlugin& plugin,
                   const plugins::Quantizer& quantizer, std::vector<int> widths);

  const std::vector<CandidateTensor>& tensors() const { return tensors_; }

  // Quantizes one tensor. Widths that the function leaves as they are, a float16 that overflows, and codes that are not
  // smaller than floats are left out; where no codes are left, the floats are the only choice, whether 16 is among the
  // widths or not. Throws PluginError; and ModelError if nothing is left.
  std::vector<Candidate> quantize(std::size_t tensor) const;

  // What a vector becomes, or nothing if it stays.
  std::optional<weights::Stored> fixed(std::size_t weight) const;
  // Of the tensors that have no choice: the indexes of the weights that become float16, and of those that stay though
  // the function could take them.
  const std::vector<std::size_t>& halves() const { return halves_; }
  const std::vector<std::size_t>& kept() const { return kept_; }

  const formats::ModelWeights& weights() const { return weights_; }

 private:
  const formats::ModelWeights& weights_;
  const plugins::Quantizer& quantizer_;
  std::vector<int> widths_;
  std::vector<CandidateTensor> tensors_;
  std::vector<std::size_t> halves_, kept_;
  // The floats that a tensor can be: float16, or what it is where its layer has float32 anyway; nothing where that is
  // not known before the layer's other tensors are.
  std::optional<Candidate> floats_of(std::size_t weight) const;

  std::set<std::size_t> single_layers_;  // with a tensor that stays float32, beside which there is no float16
};

}  // namespace goldilocks::pipeline
