#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/pipeline/quantization/quantize_model.hpp"
#include "core/plugins/quantizer.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::pipeline {

namespace coreml = ::CoreML::Specification;

// A result with its model as the message that its file holds.
struct QuantizedMessage {
  std::unique_ptr<coreml::Model> model;  // null if it failed
  std::vector<TensorReport> tensors;
  bool changed = false;
  std::exception_ptr failure;
};
QuantizedMessage message_of(QuantizedModel result);

// A copy of the model, taken apart.
WeightSource source_of(const coreml::Model& model);

// Functions for tests of quantize_model() are plain C++ objects: what a plugin may answer is the subject there, not how
// it is loaded.
using Function = std::function<plugins::QuantizedTensor(const plugins::Weights&, int bits)>;

class FakeQuantizer final : public plugins::Quantizer {
 public:
  explicit FakeQuantizer(Function function) : function_(std::move(function)) {}
  std::unique_ptr<plugins::QuantizerTask> begin(const plugins::Weights& weights) const override;

 private:
  Function function_;
};

class FakePlugin final : public plugins::QuantizerPlugin {
 public:
  FakePlugin() { name = "fake"; }
  std::unique_ptr<plugins::Quantizer> create(const plugins::OptionValues& options) const override;
};

// Two entries: the smallest and the largest value.
plugins::QuantizedTensor two_values(const plugins::Weights& weights, int bits);

// Every value 3, with a scale of a half.
plugins::QuantizedTensor int8_of(const plugins::Weights& weights, int bits);

// A result that needs no values.
plugins::QuantizedTensor of_form(weights::Kind form);

// Float16 for matrices and kernels; vectors stay.
plugins::QuantizedTensor float16_but_vectors(const plugins::Weights& weights, int bits);

// Quantizes at these widths, so small tensors, too, get codes; results in their order.
std::vector<QuantizedMessage> quantize(const coreml::Model& model, const Function& function,
                                       const std::vector<int>& widths, const FakePlugin& plugin = {},
                                       std::size_t threads = 2, Keep keep = Keep::always);
// Throws what it failed with.
QuantizedMessage quantize_one(const coreml::Model& model, const Function& function, int bits,
                              const FakePlugin& plugin = {}, Keep keep = Keep::always);

// "conv.weights" and the like to its report.
std::map<std::string, TensorReport> by_name(const std::vector<TensorReport>& tensors);

// A network of one convolution, "conv", to which more can be added.
testing::ModelBuilder convolution();

}  // namespace goldilocks::pipeline
