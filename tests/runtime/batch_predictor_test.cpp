#include "core/runtime/batch_predictor.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace goldilocks::runtime {
namespace {

using ::testing::ElementsAre;

// A sample's outputs are its number, and its number and the double of that.
class Numbers final : public SampleRunner {
 public:
  std::vector<SampleOutput> run(std::size_t sample) override {
    const auto number = static_cast<float>(sample);
    single_ = {number};
    pair_ = {number, 2 * number};
    if (sample == another_shape) return {{one_, single_}, {one_, single_}};
    return {{one_, single_}, {two_, pair_}};
  }

  std::size_t another_shape = SIZE_MAX;

 private:
  std::vector<std::int64_t> one_{1}, two_{1, 2};
  std::vector<float> single_, pair_;
};

class Kept final : public BatchSink {
 public:
  void begin(const std::vector<std::vector<std::int64_t>>& shapes) override { dims = shapes; }
  void take(std::size_t output, std::size_t sample, std::span<const float> of_samples) override {
    const std::scoped_lock lock(mutex_);
    auto& all = values.at(output);
    const std::size_t begin = sample * static_cast<std::size_t>(dims.at(output).back());
    if (all.size() < begin + of_samples.size()) all.resize(begin + of_samples.size(), -1);
    std::copy(of_samples.begin(), of_samples.end(), all.begin() + static_cast<std::ptrdiff_t>(begin));
  }

  std::vector<std::vector<std::int64_t>> dims;
  std::vector<std::vector<float>> values{2};

 private:
  std::mutex mutex_;
};

Batch batch_of(std::size_t samples) {
  return {samples, {"single", "pair"}, [] { return std::make_unique<Numbers>(); }, {}};
}

TEST(PredictBatch, GivesTheOutputsOfEverySample) {
  ThreadPool pool(1);
  Kept kept;
  predict_batch(batch_of(3), pool, kept);
  EXPECT_THAT(kept.dims, ElementsAre(ElementsAre(1), ElementsAre(1, 2)));
  EXPECT_THAT(kept.values[0], ElementsAre(0, 1, 2));
  EXPECT_THAT(kept.values[1], ElementsAre(0, 0, 1, 2, 2, 4));
}

TEST(PredictBatch, GivesTheSameForAnyNumberOfThreadsWithARunnerForEachAtMost) {
  for (const std::size_t samples : {1U, 2U, 17U, 1000U}) {
    ThreadPool alone(1);
    Kept expected;
    predict_batch(batch_of(samples), alone, expected);
    for (const std::size_t threads : {2U, 4U}) {
      ThreadPool pool(threads);
      Kept kept;
      std::atomic<std::size_t> made = 0;
      Batch batch = batch_of(samples);
      batch.make_runner = [&] {
        ++made;
        return std::make_unique<Numbers>();
      };
      predict_batch(batch, pool, kept);
      EXPECT_EQ(kept.values, expected.values) << samples << " samples, " << threads << " threads";
      EXPECT_LE(made, threads);
    }
  }
}

TEST(PredictBatch, ProgressEndsWithAll) {
  ThreadPool pool(2);
  Kept kept;
  Batch batch = batch_of(100);
  std::multiset<double> shares;
  batch.progress = [&](double share) { shares.insert(share); };
  predict_batch(batch, pool, kept);
  EXPECT_EQ(*shares.rbegin(), 1);
  EXPECT_EQ(shares.count(1), 1U);
}

TEST(PredictBatch, RefusesAnOutputThatChangesItsShape) {
  ThreadPool pool(1);
  Kept kept;
  Batch batch = batch_of(5);
  batch.make_runner = [] {
    auto runner = std::make_unique<Numbers>();
    runner->another_shape = 3;
    return runner;
  };
  try {
    predict_batch(batch, pool, kept);
    FAIL() << "it was taken";
  } catch (const ModelError& error) {
    EXPECT_STREQ(error.what(), "output 'pair' has the shape [1] for sample 3 and [1, 2] for the first");
  }
}

TEST(PredictBatch, RefusesNoSamples) {
  ThreadPool pool(1);
  Kept kept;
  EXPECT_THROW(predict_batch(batch_of(0), pool, kept), DataError);
}

}  // namespace
}  // namespace goldilocks::runtime
