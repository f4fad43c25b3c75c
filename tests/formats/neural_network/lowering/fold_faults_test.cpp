// Networks that can't be folded for what is wrong with them: one error that names the place.
#include <limits>

#include <gmock/gmock.h>

#include "core/base/error.hpp"
#include "core/formats/neural_network/weight_table.hpp"
#include "tests/formats/neural_network/lowering/fold_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;

std::string fold_error(spec::Model model) {
  try {
    model::fold_layers(model, {});
  } catch (const ModelError& error) {
    return error.what();
  }
  return "";
}

TEST(FoldFaults, BadWeightsAreNamed) {
  const auto short_weights = [](spec::WeightParams& params) { params.mutable_floatvalue()->RemoveLast(); };
  EXPECT_THAT(fold_error(pair_of_layers(
                  [&](Layer& conv, Layer&) { short_weights(*conv.mutable_convolution()->mutable_weights()); })),
              HasSubstr("conv.weights: 215 values are stored"));
  EXPECT_THAT(fold_error(pair_of_layers(
                  [&](Layer&, Layer& norm) { short_weights(*norm.mutable_batchnorm()->mutable_mean()); })),
              HasSubstr("norm.mean: 5 values are stored"));
  EXPECT_THAT(fold_error(pair_of_layers([&](Layer& conv, Layer&) {
                conv.mutable_convolution()->set_kernelsize(0, std::numeric_limits<std::uint64_t>::max());
              })),
              HasSubstr("conv.weights"));
}

TEST(FoldFaults, NetworksThatNestTooDeepAreRefused) {
  spec::Model model = pair_of_layers();
  Layer* inner = model.mutable_neuralnetwork()->add_layers();
  for (int depth = 0; depth <= model::max_nesting; ++depth) {
    inner = inner->mutable_branch()->mutable_ifbranch()->add_layers();
  }
  EXPECT_THAT(fold_error(model), HasSubstr("nested deeper"));
}

}  // namespace
}  // namespace goldilocks::testing
