// examples/plugins/fast_relu takes over one operation, and must give the same bytes as the plain kernels.
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "tests/plugins/library_folder.hpp"
#include "tests/plugins/small_graph.hpp"

namespace goldilocks::plugins {
namespace {

std::vector<std::uint32_t> run(const std::string& backend, const SmallGraph& graph, const InputTensor& input) {
  static Registry registry({library_folder(), std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "lib/goldilocks/plugins"});
  const auto model = registry.backend(backend).create_model({}, graph.get(), {});
  const std::vector<std::uint32_t> wanted = {1, 3};
  const auto session = model->create_session(wanted);
  const std::vector<const glk_tensor*> inputs = {input.get()};
  std::vector<std::uint32_t> bits;
  for (const Tensor& tensor : session->run(inputs)) {
    for (const float value : tensor.values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  }
  return bits;
}

TEST(ExampleBackend, AgreesWithThePlainKernelsBitForBit) {
  const std::uint32_t seed = 7321;
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  const SmallGraph graph({"relu", "tanh", "relu"}, {3, 5, 7});
  for (int repetition = 0; repetition < 20; ++repetition) {
    std::vector<float> values(std::size_t{3} * 5 * 7);
    for (float& value : values) value = normal(random);
    values[0] = -0.0F;
    values[1] = std::numeric_limits<float>::infinity();
    values[2] = -std::numeric_limits<float>::infinity();
    const InputTensor input({3, 5, 7}, values);
    const std::vector<std::uint32_t> fast = run("fast_relu", graph, input);
    EXPECT_EQ(fast, run("reference", graph, input));
    EXPECT_EQ(fast.size(), 2 * values.size());
  }
}

}  // namespace
}  // namespace goldilocks::plugins
