#include "core/pipeline/results/results_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace goldilocks::pipeline {
namespace {

using ::testing::HasSubstr;

goldilocks::Results with_options() {
  goldilocks::Results results;
  results.set_schema_version(results_schema_version);
  results.set_name("run");
  auto& variant = *results.add_variants();
  for (const char* name : {"z", "m", "a", "k", "b", "y", "c"}) variant.mutable_options()->insert({name, "one"});
  variant.mutable_evaluation()->set_mean_drop(0);
  return results;
}

TEST(ResultsJson, MapsAreOrderedByKeySoThatTheBytesAreTheSame) {
  const std::string text = to_json_text(with_options());
  EXPECT_THAT(text, HasSubstr(R"("options": {"a":"one","b":"one","c":"one","k":"one","m":"one","y":"one","z":"one"})"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(to_json_text(with_options()), text);
}

TEST(ResultsJson, ListsAndPlainValuesAreAlwaysThereAndUnsetOnesAreNot) {
  const auto json = to_ordered_json(with_options());
  EXPECT_TRUE(json.at("inputs").is_array());
  EXPECT_EQ(json.at("variants").at(0).at("sizeBytes"), 0);
  EXPECT_EQ(json.at("variants").at(0).at("evaluation").at("meanDrop"), 0.0);
  EXPECT_FALSE(json.at("variants").at(0).at("evaluation").contains("top1Agreement"));
  EXPECT_FALSE(json.contains("selection"));
}

TEST(ResultsJson, SizesBeyondFourGigabytesAreExactNumbers) {
  goldilocks::Results results = with_options();
  constexpr std::uint64_t size = (std::uint64_t{1} << 53U) + 1;  // no double has it
  results.mutable_variants(0)->set_size_bytes(size);
  results.add_datasets()->add_class_samples(size);
  const auto json = to_ordered_json(results);
  EXPECT_EQ(json.at("variants").at(0).at("sizeBytes"), size);
  EXPECT_EQ(json.at("datasets").at(0).at("classSamples").at(0), size);
}

}  // namespace
}  // namespace goldilocks::pipeline
