// Speed of the quantization functions through the interface that the host uses, one core.
//
//   quantizers_bench --benchmark_filter=...      GOLDILOCKS_BENCH_MODEL=file.mlmodel for another model
//
// "functions" quantizes one tensor of 1, 4 and 16 million weights in 256 channels; bytes per second are those of
// float32 read; "packed" packs the codes too, as a file has them. "model" quantizes all weights of a model's
// convolutions and inner products at all eight widths, as a sweep does.

#include <malloc.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/plugins/registry.hpp"
#include "core/weights/bit_packing.hpp"

namespace {

namespace model = goldilocks::model;
namespace plugins = goldilocks::plugins;

struct Tensor {
  std::vector<float> values;
  std::vector<std::int64_t> dims;
  std::int64_t channel_axis = 0;

  plugins::Weights weights() const {
    plugins::Weights view;
    view.values = values;
    view.dims = dims;
    view.channel_axis = channel_axis;
    view.layer = "layer";
    view.layer_type = "innerProduct";
    view.parameter = "weights";
    return view;
  }
};

std::unique_ptr<plugins::Quantizer> quantizer(const std::string& name, plugins::OptionValues options = {}) {
  static plugins::Registry registry({std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "lib" / "goldilocks" / "plugins"});
  const plugins::QuantizerPlugin& plugin = registry.quantizer(name);
  return plugin.create(plugins::complete_options(plugin.options, std::move(options)));
}

Tensor normal_tensor(std::size_t count) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 0.05F);
  Tensor tensor{std::vector<float>(count), {256, static_cast<std::int64_t>(count / 256)}};
  for (float& value : tensor.values) value = normal(random);
  return tensor;
}

void one_tensor(benchmark::State& state, const std::string& function, const plugins::OptionValues& options, int bits,
                bool packed) {
  const Tensor tensor = normal_tensor(static_cast<std::size_t>(state.range(0)) << 20);
  const plugins::Weights weights = tensor.weights();
  const auto made = quantizer(function, options);
  for (auto _ : state) {
    const plugins::QuantizedTensor result = made->begin(weights)->quantize(bits);
    benchmark::DoNotOptimize(result.codes.data());
    if (packed) benchmark::DoNotOptimize(goldilocks::weights::pack_codes(result.codes, bits));
  }
  state.SetBytesProcessed(
      static_cast<std::int64_t>(static_cast<std::size_t>(state.iterations()) * tensor.values.size() * sizeof(float)));
}

std::vector<Tensor> tensors_of(const std::filesystem::path& path) {
  std::vector<Tensor> tensors;
  const auto loaded = model::load_model(path);
  model::for_each_layer(
      *model::network_of(*loaded).layers, [&](const model::spec::NeuralNetworkLayer& layer, const std::string&) {
        model::for_each_weight(layer, [&](const auto& slot) {
          if (!slot.enabled || slot.is_vector) return;
          tensors.push_back({model::decode_weights(slot, layer.name()), slot.shape, slot.channels.axis});
        });
      });
  return tensors;
}

void all_widths(benchmark::State& state, const std::string& function, const std::filesystem::path& path) {
  const std::vector<Tensor> tensors = tensors_of(path);
  const auto made = quantizer(function);
  for (auto _ : state) {
    for (const Tensor& tensor : tensors) {
      const plugins::Weights weights = tensor.weights();
      const auto task = made->begin(weights);
      for (int bits = 8; bits >= 1; --bits) benchmark::DoNotOptimize(task->quantize(bits));
    }
  }
}

void declare_functions() {
  const plugins::OptionValues half_open{{"range", std::string("half_open")}};
  const auto add = [](const std::string& name, const std::string& function, const plugins::OptionValues& options,
                      int bits, bool packed) {
    const std::string kind = packed ? "packed/" : "functions/";
    benchmark::RegisterBenchmark((kind + name + "/" + std::to_string(bits) + "bit/Mi").c_str(),
                                 [=](benchmark::State& state) { one_tensor(state, function, options, bits, packed); })
        ->Arg(1)
        ->Arg(4)
        ->Arg(16)
        ->Unit(benchmark::kMillisecond);
  };
  for (const int bits : {8, 4}) {
    add("linear", "linear", {}, bits, false);
    add("linear_lut_closed", "linear_lut", {}, bits, false);
    add("linear_lut_half_open", "linear_lut", half_open, bits, false);
    add("kmeans_lut", "kmeans_lut", {}, bits, false);
  }
  add("linear_symmetric", "linear_symmetric", {}, 8, false);
  for (const int bits : {8, 7, 4, 1}) {
    add("linear", "linear", {}, bits, true);
    add("linear_lut_closed", "linear_lut", {}, bits, true);
    add("linear_lut_half_open", "linear_lut", half_open, bits, true);
  }
}

void declare_model() {
  const char* given = std::getenv("GOLDILOCKS_BENCH_MODEL");
  const std::filesystem::path path =
      given != nullptr ? given
                       : std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "../shared/reference/models/food.mlmodel";
  if (!std::filesystem::exists(path)) return;
  for (const char* function : {"linear", "linear_lut", "kmeans_lut"}) {
    benchmark::RegisterBenchmark(("model/" + std::string(function) + "/all_widths").c_str(),
                                 [=](benchmark::State& state) { all_widths(state, function, path); })
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace

int main(int argc, char** argv) {
  // What is freed is kept. Otherwise buffers of some sizes go back to the system between two rounds, and what is timed
  // for them is how fast it hands out fresh pages, which takes longer than the functions do.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  declare_functions();
  declare_model();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
