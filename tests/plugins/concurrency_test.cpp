// Many instances of one plugin at work in many threads: what the thread sanitizer is to see, and results that don't
// depend on who else is at work.
#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include "tests/plugins/library_folder.hpp"
#include "tests/plugins/tensor_to_quantize.hpp"

namespace goldilocks::plugins {
namespace {

constexpr int thread_count = 8;
constexpr int rounds = 20;

// Runs the body in all threads at the same time, and waits.
template <class Body>
void at_once(const Body& body) {
  std::barrier start(thread_count);
  std::vector<std::jthread> threads;
  threads.reserve(thread_count);
  for (int i = 0; i < thread_count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      body(i);
    });
  }
}

bool same(const QuantizedTensor& a, const QuantizedTensor& b) {
  return a.form == b.form && a.bits == b.bits && a.codes == b.codes && a.table == b.table && a.scale == b.scale &&
         a.bias == b.bias && a.note == b.note;
}

// Those of the tests, and the bundled ones.
std::vector<std::filesystem::path> places() {
  return {library_folder(), GOLDILOCKS_BINARY_DIR "/lib/goldilocks/plugins"};
}

class Concurrency : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Plugins, Concurrency,
                         ::testing::Values("minimal_c", "log_lut", "weighted_lut", "short_lut", "well_behaved",
                                           "extended", "linear", "kmeans_lut", "frozen_c", "frozen_cpp"),
                         [](const auto& parameter) { return parameter.param; });

TEST_P(Concurrency, ManyInstancesWorkSideBySide) {
  Registry registry(places());
  const TensorToQuantize tensor;
  const QuantizedTensor expected = registry.quantizer(GetParam()).create({})->begin(tensor.weights())->quantize(4);
  std::atomic<int> different = 0;
  at_once([&](int /*thread*/) {
    for (int round = 0; round < rounds; ++round) {
      const auto quantizer = registry.quantizer(GetParam()).create({});
      const auto task = quantizer->begin(tensor.weights());
      task->quantize(8);
      if (!same(task->quantize(4), expected)) ++different;
    }
  });
  EXPECT_EQ(different, 0);
}

TEST_P(Concurrency, OneInstanceServesManyThreads) {
  Registry registry(places());
  const auto quantizer = registry.quantizer(GetParam()).create({});
  std::atomic<int> different = 0;
  at_once([&](int thread) {
    TensorToQuantize tensor;
    for (float& value : tensor.values) value += static_cast<float>(thread);
    const QuantizedTensor expected = quantizer->begin(tensor.weights())->quantize(4);
    for (int round = 0; round < rounds; ++round) {
      if (!same(quantizer->begin(tensor.weights())->quantize(4), expected)) ++different;
    }
  });
  EXPECT_EQ(different, 0);
}

// Opening, describing and searching are calls into libraries too.
TEST(ConcurrentRegistry, OpensDescribesAndListsFromManyThreads) {
  Registry registry(places());
  std::atomic<const QuantizerPlugin*> opened = nullptr;
  std::atomic<int> different = 0;
  at_once([&](int thread) {
    const QuantizerPlugin* plugin = &registry.quantizer("short_lut");
    const QuantizerPlugin* first = nullptr;
    if (!opened.compare_exchange_strong(first, plugin) && first != plugin) ++different;
    if (thread % 2 == 0) registry.describe(Kind::quantizer, "well_behaved");
    if (thread % 2 == 1) registry.names(Kind::quantizer);
  });
  EXPECT_EQ(different, 0);
}

}  // namespace
}  // namespace goldilocks::plugins
