// Images per second of each backend, on one thread and on two, each with a session of its own: on the reference network
// (GOLDILOCKS_REFERENCE names its folder; otherwise it is looked for beside the project) and on the example that ships
// with the project. The image is synthetic; only the network is timed.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "bench/prepared_network.hpp"

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

void predict(benchmark::State& state, const std::filesystem::path& file, const std::string& backend) {
  // Shared by the benchmark's threads, which all wait for the first iteration.
  static std::unique_ptr<PreparedNetwork> prepared;
  if (!std::filesystem::exists(file)) {
    state.SkipWithError(("there is no " + file.string()).c_str());
    return;
  }
  if (state.thread_index() == 0) prepared = std::make_unique<PreparedNetwork>(file, backend);
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
