// Images per second of each backend, on one thread and on two, each with a session of its own: on the reference network
// (GOLDILOCKS_REFERENCE names its folder; else it is looked for beside the project) and on the example that ships with
// the project. The image is synthetic; only the network is timed.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/lowering/network.hpp"
#include "core/model/model_file.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks {
namespace {

std::filesystem::path reference_model() {
  const char* folder = std::getenv("GOLDILOCKS_REFERENCE");
  const std::filesystem::path beside = std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "../shared/reference";
  return (folder == nullptr ? beside : std::filesystem::path(folder)) / "models/food.mlmodel";
}

std::filesystem::path digits_model() {
  return std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "examples/digits/digits.mlmodel";
}

// A network prepared by a backend, with an input of noise.
struct Prepared {
  std::shared_ptr<const lowering::Network> network;
  std::unique_ptr<plugins::BackendModel> model;
  std::vector<std::uint32_t> wanted;
  std::vector<std::vector<float>> values;
  std::vector<glk_tensor> tensors;
  std::vector<const glk_tensor*> inputs;

  Prepared(const std::filesystem::path& file, const std::string& backend) {
    static plugins::Registry registry({std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "lib/goldilocks/plugins"});
    network = lowering::lower(*model::load_model(file));
    const plugins::BackendPlugin& plugin = registry.backend(backend);
    model = plugin.create_model(plugins::complete_options(plugin.options, {}), network->graph(), file);
    for (const lowering::NetworkOutput& output : network->outputs) wanted.push_back(output.value);
    std::mt19937 random(1);
    std::uniform_real_distribution<float> pixels(-128.0F, 128.0F);
    for (const lowering::NetworkInput& input : network->inputs) {
      std::size_t count = 1;
      for (const std::int64_t size : input.dims) count *= static_cast<std::size_t>(size);
      values.emplace_back(count);
      for (float& value : values.back()) value = pixels(random);
    }
    for (std::size_t index = 0; index < values.size(); ++index) {
      const std::vector<std::int64_t>& dims = network->inputs[index].dims;
      tensors.push_back({sizeof(glk_tensor), GLK_FLOAT32, dims.size(), dims.data(), values[index].data()});
    }
    for (const glk_tensor& tensor : tensors) inputs.push_back(&tensor);
  }
};

void predict(benchmark::State& state, const std::filesystem::path& file, const std::string& backend) {
  // Shared by the benchmark's threads, which all wait for the first iteration.
  static std::unique_ptr<Prepared> prepared;
  if (!std::filesystem::exists(file)) {
    state.SkipWithError(("there is no " + file.string()).c_str());
    return;
  }
  if (state.thread_index() == 0) prepared = std::make_unique<Prepared>(file, backend);
  std::unique_ptr<plugins::Session> session;
  for (auto _ : state) {
    if (session == nullptr) {
      state.PauseTiming();
      session = prepared->model->create_session(prepared->wanted);
      session->run(prepared->inputs);
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(session->run(prepared->inputs).data());
  }
  state.SetItemsProcessed(state.iterations());
  session.reset();
}

void register_all() {
  for (const char* backend : {"onednn", "reference"}) {
    for (const auto& [name, file] : {std::pair(std::string("food"), reference_model()), {"digits", digits_model()}}) {
      benchmark::RegisterBenchmark((std::string(backend) + "/" + name).c_str(), predict, file, std::string(backend))
          ->ThreadRange(1, 2)
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace
}  // namespace goldilocks

int main(int argc, char** argv) {
  goldilocks::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
