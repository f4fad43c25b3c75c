#include "core/pipeline/single/compare_layers.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/data/npy.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using namespace ml_program::testing;  // programs as text
using ::testing::HasSubstr;
using testing::Workspace;

// x -> scaled -> shifted -> made -> last, where one operation makes `made`.
model::spec::Model chain(const std::string& made_by, float shift = 0.5F) {
  return program("CoreML5", {{"x", fp32({1, 4})}})
      .op("mul", {{"x", "x"}, {"y", ml_program::testing::floats({}, {2})}}, "scaled", fp32({1, 4}))
      .op("add", {{"x", "scaled"}, {"y", ml_program::testing::floats({}, {shift})}}, "shifted", fp32({1, 4}))
      .op(made_by, {{"x", "shifted"}}, "made", fp32({1, 4}))
      .op("relu", {{"x", "made"}}, "last", fp32({1, 4}))
      .outputs({"last"})
      .model();
}

class CompareLayers : public ::testing::Test {
 protected:
  CompareLayers() {
    const std::vector<float> x = {0.25F, 1, 2, 3, /**/ -1, 1, 2, 3};
    std::string file = data::npy_header("<f4", std::vector<std::int64_t>{2, 1, 4});
    file.append(reinterpret_cast<const char*>(x.data()), x.size() * sizeof(float));
    workspace_.write("x.npy", file);
    write("exp.mlpackage", chain("exp"));
  }

  void write(const std::string& name, const model::spec::Model& model) { write_package(workspace_ / name, model); }

  CompareLayersResult compare(const std::string& before, const std::string& after,
                              const std::function<void(CompareLayersRequest&)>& change = {}) {
    CompareLayersRequest request;
    request.models.before = workspace_ / before;
    request.models.after = workspace_ / after;
    request.models.dataset.inputs = {(workspace_ / "x.npy").string()};
    request.models.backend = "reference";
    if (change) change(request);
    ThreadPool pool(2);
    return compare_layers(request, testing::registry(), pool);
  }

  static std::vector<std::string> names(const CompareLayersResult& result) {
    std::vector<std::string> all;
    for (const ValueComparison& value : result.values) all.push_back(value.name);
    return all;
  }

  Workspace workspace_;
};

TEST_F(CompareLayers, OfAModelWithItselfAreEqual) {
  const CompareLayersResult result = compare("exp.mlpackage", "exp.mlpackage");
  EXPECT_THAT(names(result), ::testing::ElementsAre("scaled", "shifted", "made", "last"));
  EXPECT_EQ(result.samples, 2U);
  for (const ValueComparison& value : result.values) {
    EXPECT_EQ(value.snr, std::numeric_limits<double>::infinity());
    EXPECT_EQ(value.max_difference, 0);
    EXPECT_THAT(value.shape, ::testing::ElementsAre(1, 4));
  }
  EXPECT_FALSE(result.first_parted);
  EXPECT_FALSE(result.first_broken_before || result.first_broken_after);
  EXPECT_EQ(result.only_before + result.only_after, 0U);
}

TEST_F(CompareLayers, PartWhereTheModelsDo) {
  write("shifted.mlpackage", chain("exp", 1.5F));
  const CompareLayersResult result = compare("exp.mlpackage", "shifted.mlpackage");
  ASSERT_TRUE(result.first_parted);
  EXPECT_EQ(result.values[*result.first_parted].name, "shifted");
  // Of 1, 2.5, 4.5, 6.5 and -1.5, 2.5, 4.5, 6.5 each is off by 1.
  const double energy = 1 + 1.5 * 1.5 + 2 * (2.5 * 2.5 + 4.5 * 4.5 + 6.5 * 6.5);
  EXPECT_NEAR(result.values[1].snr, 10 * std::log10(energy / 8), 1e-9);
  EXPECT_EQ(result.values[1].max_difference, 1);
  EXPECT_GT(result.values[0].snr, 1000) << "what stands before is equal";
  const auto lenient = compare("exp.mlpackage", "shifted.mlpackage", [](CompareLayersRequest& request) {
    request.least_snr = 10;
    request.samples = 1;
  });
  EXPECT_EQ(lenient.samples, 1U);
  EXPECT_EQ(lenient.values[*lenient.first_parted].name, "made") << "an SNR of 12 dB is enough now";
}

TEST_F(CompareLayers, SayWhereNumbersBreakFirst) {
  write("log.mlpackage", chain("log"));  // of a negative number in the second sample
  const CompareLayersResult result = compare("exp.mlpackage", "log.mlpackage");
  EXPECT_FALSE(result.first_broken_before);
  ASSERT_TRUE(result.first_broken_after);
  EXPECT_EQ(result.values[*result.first_broken_after].name, "made");
  EXPECT_EQ(result.values[*result.first_broken_after].broken_after, 1U);
  EXPECT_TRUE(std::isnan(result.values[2].max_difference));
  EXPECT_EQ(result.values[*result.first_parted].name, "made") << "not a number is below every limit";
  const CompareLayersResult both = compare("log.mlpackage", "log.mlpackage");
  EXPECT_EQ(both.first_broken_before, both.first_broken_after);
  EXPECT_FALSE(both.first_parted) << "broken in the same way";
}

TEST_F(CompareLayers, OfOneModelInTwoPrecisionsOrByTwoBackends) {
  const auto wide = constant(fp16(), {0x00, 0x68});  // 2048
  write("half.mlpackage", program("CoreML7", {{"x", fp16({1, 4})}})
                              .op("add", {{"x", "x"}, {"y", wide}}, "above", fp16({1, 4}))
                              .op("sub", {{"x", "above"}, {"y", wide}}, "y", fp16({1, 4}))
                              .outputs({"y"})
                              .model());
  const auto precisions = compare("half.mlpackage", "half.mlpackage", [](CompareLayersRequest& request) {
    request.models.of_after.precision = runtime::Precision::as_typed;
  });
  EXPECT_EQ(precisions.values[*precisions.first_parted].name, "y") << "above 2048 a half is lost among thousands";
  EXPECT_GT(precisions.values[0].max_difference, 0);
  const auto backends = compare("exp.mlpackage", "exp.mlpackage", [](CompareLayersRequest& request) {
    request.models.backend_of_after = "onednn";
    request.models.options = {{"memory_limit", "2"}};
  });
  EXPECT_EQ(backends.values.size(), 4U);
  EXPECT_FALSE(backends.first_parted);
}

TEST_F(CompareLayers, TakeImagesAndNetworksToo) {
  ThreadPool pool(2);
  CompareLayersRequest request;
  request.models.before = workspace_ / "tiny.mlmodel";
  request.models.after = workspace_ / "other.mlmodel";
  request.models.dataset.images = workspace_ / "images.npy";
  const CompareLayersResult result = compare_layers(request, testing::registry(), pool);
  EXPECT_THAT(names(result), ::testing::IsSupersetOf({"conv", "relu", "pool", "dense", "probabilities"}));
  EXPECT_EQ(result.values[*result.first_parted].name, "conv");
  EXPECT_EQ(result.samples, 4U);
}

TEST_F(CompareLayers, NeedValuesInCommon) {
  write("other.mlpackage", program("CoreML5", {{"x", fp32({1, 4})}})
                               .op("relu", {{"x", "x"}}, "elsewhere", fp32({1, 4}))
                               .outputs({"elsewhere"})
                               .model());
  try {
    compare("exp.mlpackage", "other.mlpackage");
    FAIL() << "they have nothing in common";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("other.mlpackage: has no value of the name and size of one of "));
  }
}

}  // namespace
}  // namespace goldilocks::pipeline
