#include "core/formats/program_summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::formats {
namespace {

using goldilocks::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace ml_program::testing;

class Summary : public ::testing::Test {
 protected:
  Summary() {
    // Twelve floats, of which half are 0 and the others 1; and a table of two halves with twelve indices.
    std::vector<std::uint8_t> ones(48, 0);
    for (std::size_t i = 0; i < 6; ++i) ones[4 * i + 2] = 0x80, ones[4 * i + 3] = 0x3f;
    weight_ = blobs_.add(2, ones);
    bias_ = blobs_.add(2, std::vector<std::uint8_t>(64, 1));
  }

  ProgramSummary summarize(const ProgramText& text, const SummaryOptions& options = {}) {
    write_package(folder_ / "m.mlpackage", text.model(), blobs_.bytes());
    return summarize_program(folder_ / "m.mlpackage", options).value();
  }

  TemporaryFolder folder_;
  BlobBytes blobs_;
  std::uint64_t weight_ = 0;
  std::uint64_t bias_ = 0;
};

TEST_F(Summary, CountsSharedBytesOnceAndSaysSo) {
  const ProgramSummary summary = summarize(program("CoreML5", {{"x", fp32({2, 3})}})
                                               .constant("a", blob(fp32({4, 3}), weight_))
                                               .constant("b", blob(fp32({4, 3}), weight_))
                                               .op("linear", {{"x", "x"}, {"weight", "a"}}, "y", fp32({2, 4}))
                                               .op("linear", {{"x", "x"}, {"weight", "b"}}, "z", fp32({2, 4}))
                                               .outputs({"y", "z"}));
  ASSERT_EQ(summary.functions.size(), 1U);
  const auto& weights = summary.functions[0].weights;
  ASSERT_EQ(weights.size(), 2U);
  EXPECT_EQ(weights[0].shared_with, "");
  EXPECT_EQ(weights[1].shared_with, "main: a");
  EXPECT_EQ(weights[1].bytes, 48U);
  EXPECT_EQ(summary.weight_bytes, 48U);
  EXPECT_EQ(summary.parameters, 12U);
  EXPECT_EQ(summary.bytes_by_encoding, (std::map<std::string, std::uint64_t>{{"fp32", 48}}));
  EXPECT_EQ(summary.bytes_by_reader, (std::map<std::string, std::uint64_t>{{"linear", 48}}));
  EXPECT_EQ(summary.other_bytes, summary.total_bytes - 48);
  EXPECT_THAT(weights[0].readers, ElementsAre("linear 'y'"));
  EXPECT_EQ(weights[0].sparsity, 0.5);
  EXPECT_EQ(weights[0].distinct, 2U);
}

TEST_F(Summary, NamesWhatTheProgramIsAndNeeds) {
  ProgramText text =
      program("CoreML5", {{"x", fp32({2, 3})}}).op("relu", {{"x", "x"}}, "y", fp32({2, 3})).outputs({"y"});
  const ProgramSummary summary = summarize(text);
  EXPECT_EQ(summary.specification_version, 6);
  EXPECT_EQ(summary.required_version, 6);
  EXPECT_EQ(summary.first_systems, "iOS 15 and macOS 12");
  EXPECT_EQ(summary.functions[0].inputs[0].type, "array float32 [2, 3]");
  EXPECT_EQ(summary.functions[0].operations, (std::vector<std::pair<std::string, int>>{{"relu", 1}}));
  EXPECT_EQ(summary.files.size(), 3U);
}

TEST_F(Summary, CountsAllThatMakesACompressedWeight) {
  const auto indices = ml_program::testing::constant(ml_program::tensor(ml_program::ElementType::uint4, {4, 4}),
                                                     {0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe});
  std::vector<float> entries(16);
  for (std::size_t i = 0; i < 16; ++i) entries[i] = static_cast<float>(i);
  const ProgramSummary summary =
      summarize(program("CoreML8", {{"x", fp32({2, 4})}})
                    .op("constexpr_lut_to_dense", {{"indices", indices}, {"lut", floats({1, 1, 16, 1}, entries)}}, "w",
                        fp32({4, 4}))
                    .op("linear", {{"x", "x"}, {"weight", "w"}}, "y", fp32({2, 4}))
                    .outputs({"y"}));
  const auto& weights = summary.functions[0].weights;
  ASSERT_EQ(weights.size(), 1U);
  EXPECT_EQ(weights[0].encoding, "table of 4 bits");
  EXPECT_EQ(weights[0].bytes, 8U + 64U);
  EXPECT_EQ(weights[0].distinct, 16U);
  EXPECT_EQ(summary.required_version, 9);
}

TEST_F(Summary, OfAnInvalidProgramIsAnErrorThatNamesTheFault) {
  try {
    summarize(program("CoreML5", {{"x", fp32({2})}}).op("relu", {{"x", "ghost"}}, "y", fp32({2})).outputs({"y"}));
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), HasSubstr("operation 'y' (relu): x: no value 'ghost'"));
  }
}

}  // namespace
}  // namespace goldilocks::formats
