// `goldilocks validate MODEL`: what a script sees of errors and warnings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class Validate : public ::testing::Test {
 protected:
  ProgramResult run(const std::string& bytes, std::vector<std::string> options = {}) {
    write_file_atomically(folder_ / "m.mlmodel", bytes);
    options.insert(options.begin(), {"validate", (folder_ / "m.mlmodel").string()});
    return goldilocks(folder_ / "store", options);
  }

  const TemporaryFolder folder_;
};

std::string two_scores(const std::vector<std::string>& labels) {
  return model::serialize_model(ModelBuilder(3)
                                    .image_input("image", 4, 4)
                                    .convolution("conv", 3, 2)
                                    .global_pooling("pool")
                                    .softmax("probabilities")
                                    .classifier(labels)
                                    .build());
}

TEST_F(Validate, ASoundModelIsValid) {
  const ProgramResult result = run(two_scores({"a", "b"}), {"--strict"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, EndsWith("m.mlmodel: valid\n"));
}

TEST_F(Validate, WhatPredictRefusesIsAnError) {
  const ProgramResult result = run(two_scores({"a", "b", "c"}));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.output, HasSubstr("the classifier has 3 labels, but its scores 'probabilities' have 2 values"));
  EXPECT_THAT(result.errors, HasSubstr("m.mlmodel: 1 error"));
}

TEST_F(Validate, AWarningIsAFailureOnlyIfStrict) {
  const std::string doubtful =
      model::serialize_model(ModelBuilder(4)
                                 .array_input("x", {2, 5, 5})
                                 .convolution("up", 2, 2, {.dilation = 2, .deconvolution = true})
                                 .build());
  const ProgramResult result = run(doubtful);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("m.mlmodel: warning: layer 'up': its dilation of 2 x 2"));
  EXPECT_THAT(result.output, EndsWith("m.mlmodel: valid, with 1 warning\n"));
  EXPECT_EQ(run(doubtful, {"--strict"}).exit_code, 1);
}

TEST_F(Validate, ACutModelIsCalledThat) {
  const std::string whole = two_scores({"a", "b"});
  const ProgramResult result = run(whole.substr(0, whole.size() - 50));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.errors, HasSubstr("a Core ML model that is truncated or damaged: the part that begins at byte"));
}

}  // namespace
}  // namespace goldilocks::testing
