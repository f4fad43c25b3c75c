#include "core/data/split.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/data/image_files.hpp"

namespace goldilocks::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Dataset dataset_of(const std::vector<std::size_t>& class_sizes) {
  Dataset dataset;
  dataset.path = "images";
  for (std::size_t label = 0; label < class_sizes.size(); ++label) {
    dataset.classes.push_back("class " + std::to_string(label));
    for (std::size_t i = 0; i < class_sizes[label]; ++i) {
      dataset.samples.push_back(
          {std::to_string(label) + "/" + std::to_string(i) + ".jpg", {}, static_cast<std::uint32_t>(label)});
    }
  }
  return dataset;
}

Split halves(std::uint64_t seed = 1) { return {{{"calibrate", 0.5}, {"prove", 0.5}}, seed}; }

std::set<std::string> ids(const Dataset& dataset) {
  std::set<std::string> all;
  for (const Sample& sample : dataset.samples) all.insert(sample.id);
  return all;
}

std::vector<std::size_t> class_counts(const Dataset& dataset) {
  std::vector<std::size_t> counts(dataset.classes.size());
  for (const Sample& sample : dataset.samples) ++counts.at(sample.label);
  return counts;
}

TEST(Split, HalvesOfTwoClassesHaveHalfOfEach) {
  const Dataset dataset = dataset_of({4, 6});
  const Dataset calibrate = take_part(dataset, halves(), "calibrate");
  const Dataset prove = take_part(dataset, halves(), "prove");
  EXPECT_THAT(class_counts(calibrate), ElementsAre(2, 3));
  EXPECT_THAT(class_counts(prove), ElementsAre(2, 3));
  std::set<std::string> both = ids(calibrate);
  both.merge(ids(prove));
  EXPECT_EQ(both, ids(dataset));
}

TEST(Split, OddClassesEvenOutOverTheDataset) {
  const Dataset calibrate = take_part(dataset_of({5, 5, 5, 5, 5, 5, 5}), halves(), "calibrate");
  EXPECT_EQ(calibrate.samples.size(), 18U);
  for (const std::size_t count : class_counts(calibrate)) EXPECT_TRUE(count == 2 || count == 3) << count;
}

// Which samples the first seeds take must never change, or every published figure on a part would lose its meaning.
TEST(Split, IsTheSameForever) { EXPECT_THAT(split_parts(dataset_of({8}), halves())[0], ElementsAre(0, 1, 3, 6)); }

TEST(Split, AnotherSeedIsAnotherSplit) {
  const Dataset dataset = dataset_of({50});
  EXPECT_EQ(split_parts(dataset, halves(3)), split_parts(dataset, halves(3)));
  EXPECT_NE(split_parts(dataset, halves(3)), split_parts(dataset, halves(4)));
}

TEST(Split, TheOrderOfSamplesHasNoInfluence) {
  Dataset dataset = dataset_of({9, 14, 5});
  const std::set<std::string> before = ids(take_part(dataset, halves(), "prove"));
  std::mt19937 random(7);
  std::shuffle(dataset.samples.begin(), dataset.samples.end(), random);
  EXPECT_EQ(ids(take_part(dataset, halves(), "prove")), before);
}

TEST(Split, PartsNeverOverlapAndHaveTheirShareOfEachClass) {
  const unsigned seed = 11;
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::size_t> sizes(1 + random() % 9);
    for (std::size_t& size : sizes) size = 20 + random() % 60;
    Split split;
    split.seed = random();
    double rest = random() % 2 == 0 ? 1.0 : 0.8;
    for (int i = 0; rest > 0.1 && i < 4; ++i) {
      const double share = i == 3 ? rest : std::max(0.1, rest * 0.4);
      split.parts.push_back({"part " + std::to_string(i), share});
      rest -= share;
    }
    const Dataset dataset = dataset_of(sizes);
    std::vector<int> uses(dataset.samples.size());
    const auto parts = split_parts(dataset, split);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      EXPECT_TRUE(std::is_sorted(parts[i].begin(), parts[i].end()));
      for (const std::size_t sample : parts[i]) ++uses[sample];
      const auto counts = class_counts(take_samples(dataset, parts[i]));
      for (std::size_t label = 0; label < sizes.size(); ++label) {
        const double due = split.parts[i].share * static_cast<double>(sizes[label]);
        EXPECT_LE(std::abs(static_cast<double>(counts[label]) - due), 2.0) << "round " << round;
      }
    }
    EXPECT_LE(*std::max_element(uses.begin(), uses.end()), 1);
    double sum = 0;
    for (const SplitPart& part : split.parts) sum += part.share;
    if (std::abs(sum - 1) < 1e-9) {
      EXPECT_EQ(*std::min_element(uses.begin(), uses.end()), 1);
    }
  }
}

TEST(Split, WhatIsBeyondTheSharesIsInNoPart) {
  EXPECT_EQ(take_part(dataset_of({40}), {{{"few", 0.1}}, 1}, "few").samples.size(), 4U);
}

TEST(Split, APackedDatasetsPixelsGoWithTheSamples) {
  Dataset dataset = dataset_of({4});
  dataset.packed = testing::packed_pixels({4, 1, 2}, {0, 1, 10, 11, 20, 21, 30, 31});
  const std::vector<std::size_t> wanted = {1, 3};
  const Dataset taken = take_samples(dataset, wanted);
  ASSERT_EQ(taken.packed.rows.size(), 2U);
  EXPECT_THAT(taken.packed.read(0).pixels, ElementsAre(10, 11));
  EXPECT_THAT(taken.packed.read(1).pixels, ElementsAre(30, 31));
}

TEST(Split, APartWithoutASampleIsAnError) {
  const Split split{{{"most", 0.9}, {"rest", 0.1}}, 1};
  try {
    split_parts(dataset_of({1}), split);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("images: part 'rest' of the split gets no sample"));
  }
  EXPECT_THROW(take_part(dataset_of({4}), split, "prove"), std::invalid_argument);
}

TEST(Split, IsDescribedInOneLine) {
  EXPECT_EQ(describe_part(halves(), "prove"), "prove: 50 %, stratified, seed 1");
  EXPECT_EQ(describe_part({{{"third", 1.0 / 3}}, 5}, "third"), "third: 33.33 %, stratified, seed 5");
}

}  // namespace
}  // namespace goldilocks::data
