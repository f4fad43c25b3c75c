// Writes a network of inner products with as many weights as one asks for, to measure how time and memory grow:
//
//   make_large_model OUTPUT.mlmodel MILLIONS [single]
//
// A quarter of the weights lie in the first layer, an eighth in the second, and the rest in ten layers of equal size;
// with `single` all of them are one layer. Weights are normally distributed, with the deviation that keeps activations
// their size. The same file for the same arguments.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <random>
#include <string>
#include <string_view>

#include "core/base/file.hpp"
#include "core/formats/coreml/model_file.hpp"

namespace {

namespace spec = goldilocks::model::spec;

class Network {
 public:
  explicit Network(std::uint64_t inputs) : width_(inputs) {
    model_.set_specificationversion(1);
    describe(*model_.mutable_description()->add_input(), "input", inputs);
    model_.mutable_neuralnetwork();
  }

  void add_inner_product(std::uint64_t outputs) {
    auto& layers = *model_.mutable_neuralnetwork()->mutable_layers();
    spec::NeuralNetworkLayer& layer = *layers.Add();
    layer.set_name("dense" + std::to_string(layers.size()));
    layer.add_input(last_);
    last_ = layer.name() + "_out";
    layer.add_output(last_);
    auto& dense = *layer.mutable_innerproduct();
    dense.set_inputchannels(width_);
    dense.set_outputchannels(outputs);
    std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(width_)));
    auto& values = *dense.mutable_weights()->mutable_floatvalue();
    values.Resize(static_cast<int>(width_ * outputs), 0);
    for (float& value : values) value = normal(random_);
    width_ = outputs;
  }

  spec::Model& finish() {
    describe(*model_.mutable_description()->add_output(), last_, width_);
    return model_;
  }

 private:
  static void describe(spec::FeatureDescription& feature, const std::string& name, std::uint64_t size) {
    feature.set_name(name);
    auto& array = *feature.mutable_type()->mutable_multiarraytype();
    array.set_datatype(spec::ArrayFeatureType::FLOAT32);
    array.add_shape(static_cast<std::int64_t>(size));
  }

  spec::Model model_;
  std::uint64_t width_;
  std::string last_ = "input";
  std::mt19937_64 random_{1};
};

void make(const std::string& output, double weights, bool single) {
  const auto side = [](double count) { return static_cast<std::uint64_t>(std::lround(std::sqrt(count))); };
  constexpr int equal_layers = 10;
  const std::uint64_t width = single ? side(weights) : side(weights / 4);
  Network network(width);
  network.add_inner_product(width);
  if (!single) {
    for (int i = 0; i < 1 + equal_layers; ++i) network.add_inner_product(width / 2);
  }
  goldilocks::write_file_atomically(output, goldilocks::model::serialize_model(network.finish()));
}

}  // namespace

int main(int argc, char** argv) {
  const bool single = argc == 4 && std::string_view(argv[3]) == "single";
  const double millions = argc >= 3 ? std::atof(argv[2]) : 0;
  if (!(millions > 0) || (argc != 3 && !single)) {
    std::cerr << "usage: make_large_model OUTPUT.mlmodel MILLIONS [single]\n";
    return 2;
  }
  try {
    make(argv[1], millions * 1e6, single);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 3;
  }
  return 0;
}
