// What other element types cost beside a network's convolutions: eight of them alone, and the same with sizes that are
// computed in int32 and a mask of truth values between each. Both through onednn, one thread.
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/graph/graph_builder.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks {
namespace {

using lowering::Dims;
using lowering::GraphBuilder;
using Node = std::uint32_t;

constexpr std::int64_t channels = 64, size = 56;
constexpr int layers = 8;

class Network {
 public:
  explicit Network(bool mixed) {
    Node x = graph_.add_input("x", {1, channels, size, size});
    if (mixed) lengths_ = graph_.add_input("length", {1}, GLK_INT32);
    for (int layer = 0; layer < layers; ++layer) {
      x = convolution(x, layer);
      if (mixed) x = shaped(masked(x));
    }
    graph_.add_output(x);
    output_ = x;
  }

  const glk_graph& graph() { return graph_.graph(); }
  Node output() const { return output_; }

 private:
  Node add(const std::string& type, std::vector<Node> inputs, lowering::Attributes attributes = {},
           std::int32_t result = GLK_FLOAT32) {
    return graph_.add_operation(type, type, std::move(inputs), std::move(attributes), {graph_.derived_name(type)},
                                {result})[0];
  }

  Node integers(const std::vector<std::int32_t>& numbers) {
    graph::OwnedTensor tensor = graph::OwnedTensor::zeros(GLK_INT32, {static_cast<std::int64_t>(numbers.size())});
    std::ranges::copy(numbers, tensor.mutable_view().elements<std::int32_t>().begin());
    return graph_.add_constant(graph_.derived_name("integers"), std::move(tensor));
  }

  Node convolution(Node x, int layer) {
    std::vector<float> weights(static_cast<std::size_t>(channels * channels * 9));
    for (std::size_t index = 0; index < weights.size(); ++index) {
      weights[index] = 0.05F * std::sin(static_cast<float>(index + static_cast<std::size_t>(layer)));
    }
    const Node weight =
        graph_.add_constant(graph_.derived_name("weight"), {channels, channels, 3, 3}, std::move(weights));
    const Node y = add("convolution", {x, weight}, {{"pads", Dims{1, 1, 1, 1}}});
    return add("relu", {y});
  }

  // Channels below the length stay: a mask of truth values, from int32, that is one factor for each channel.
  Node masked(Node x) {
    std::vector<std::int32_t> places;
    for (std::int32_t channel = 0; channel < channels; ++channel) places.push_back(channel);
    const Node mask = add("less", {integers(places), lengths_}, {}, GLK_BOOL);
    const Node factor = add("reshape", {add("cast", {mask})}, {{"shape", Dims{channels, 1, 1}}});
    return add("multiply", {x, factor});
  }

  // To a shape that is computed from sizes: nothing but names.
  Node shaped(Node x) {
    const Node sizes = add("shape", {x}, {}, GLK_INT32);
    const Node half = add("floor_divide", {sizes, integers({1, 1, 1, 1})}, {}, GLK_INT32);
    return add("dynamic_reshape", {x, add("maximum", {half, integers({1, 1, 1, 1})}, {}, GLK_INT32)});
  }

  GraphBuilder graph_;
  Node lengths_ = 0;
  Node output_ = 0;
};

void predict(benchmark::State& state, bool mixed) {
  plugins::Registry registry({std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "lib/goldilocks/plugins"});
  Network network(mixed);
  const auto model = registry.backend("onednn").create_model({}, network.graph(), {});
  const std::vector<std::uint32_t> wanted = {network.output()};
  const auto session = model->create_session(wanted);
  plugins::AlignedVector<float> pixels(static_cast<std::size_t>(channels * size * size));
  for (std::size_t index = 0; index < pixels.size(); ++index) pixels[index] = std::cos(static_cast<float>(index));
  const Dims dims = {1, channels, size, size}, one = {1};
  const std::int32_t length = static_cast<std::int32_t>(channels);
  const glk_tensor x = {sizeof(glk_tensor), GLK_FLOAT32, dims.size(), dims.data(), pixels.data()};
  const glk_tensor limit = {sizeof(glk_tensor), GLK_INT32, one.size(), one.data(), &length};
  std::vector<const glk_tensor*> inputs = {&x};
  if (mixed) inputs.push_back(&limit);
  session->run(inputs);
  for (auto _ : state) benchmark::DoNotOptimize(session->run(inputs).data());
}

BENCHMARK_CAPTURE(predict, float32_alone, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(predict, with_int32_and_bool, true)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace goldilocks

BENCHMARK_MAIN();
