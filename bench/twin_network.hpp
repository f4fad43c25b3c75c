#pragma once

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "coreml/model.pb.h"
#include "onnx_model.pb.h"

namespace goldilocks {

// One network in two formats, Core ML and ONNX, with the same random weights (the same ones for the same calls), scaled
// such that values keep their size. Each layer reads what the one before has written, or what continue_from() says.
class TwinNetwork {
 public:
  // The input, without a batch: [C, H, W], [C], or for sequences [S, 1, C].
  explicit TwinNetwork(const std::vector<std::int64_t>& input);

  // A square kernel, padded such that a stride of 1 keeps the size; with a bias.
  struct Convolution {
    std::int64_t inputs, outputs;
    std::int64_t kernel = 3;
    std::int64_t stride = 1;
    std::int64_t groups = 1;
  };
  void convolution(const Convolution& shape);
  void relu();
  void max_pool();  // 3x3, stride 2, padding 1
  void global_average_pool();
  void flatten();
  void inner_product(std::int64_t inputs, std::int64_t outputs);
  void lstm(std::int64_t inputs, std::int64_t outputs);  // returns all steps
  void add(const std::string& value);                    // to the last one

  const std::string& last() const { return last_; }
  void continue_from(const std::string& value) { last_ = value; }

  // Writes folder/name.mlmodel and folder/name.onnx, whose output is the last value, of the shape `output`.
  void write(const std::filesystem::path& folder, const std::string& name, const std::vector<std::int64_t>& output);

 private:
  using Layer = CoreML::Specification::NeuralNetworkLayer;
  using Weights = CoreML::Specification::WeightParams;

  Layer& next_layer(const std::string& type);
  bench::onnx::Node& next_node(const std::string& type, const std::vector<std::string>& inputs);
  std::vector<float> random(std::int64_t count, std::int64_t fan_in);
  std::string initializer(const std::vector<float>& values, const std::vector<std::int64_t>& dims);
  void onnx_value(bench::onnx::ValueInfo& value, const std::string& name, const std::vector<std::int64_t>& dims);

  CoreML::Specification::Model model_;
  bench::onnx::Model onnx_;
  std::mt19937_64 random_{1};
  std::string last_ = "input";
  int count_ = 0;
};

}  // namespace goldilocks
