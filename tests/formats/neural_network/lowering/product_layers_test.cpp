// embedding, embeddingND, batchedMatmul and dot; mvn, l2normalize and layerNormalization: each parameter in a case
// where it matters.
#include <cmath>

#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;
using Fill = ModelBuilder::FillLayer;

Fill embedding(bool bias) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_embedding();
    params.set_inputdim(3);
    params.set_outputchannels(2);
    params.set_hasbias(bias);
    set_weights(*params.mutable_weights(), {1, 2, 3, 4, 5, 6});
    set_weights(*params.mutable_bias(), {10, 20});
  };
}

Fill embedding_nd(bool bias) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_embeddingnd();
    params.set_vocabsize(3);
    params.set_embeddingsize(2);
    params.set_hasbias(bias);
    set_weights(*params.mutable_weights(), {1, 2, 3, 4, 5, 6});
    set_weights(*params.mutable_bias(), {10, 20});
  };
}

TEST(EmbeddingLayer, LooksUpColumnsForEachOfABatch) {
  EXPECT_EQ(run_layer({{{2, 1, 1, 1}, {2, 0}}}, embedding(false)), (TestTensor{{2, 2, 1, 1}, {3, 6, 1, 4}}));
  EXPECT_EQ(run_layer({{{1, 2, 1, 1, 1}, {1, 1}}}, embedding(true)), (TestTensor{{1, 2, 2, 1, 1}, {12, 25, 12, 25}}));
  EXPECT_THAT(layer_error({{2, 1, 1}}, embedding(false)), HasSubstr("a rank of 4 to 5 is needed"));
  EXPECT_THAT(layer_error({{2, 1, 1, 3}}, embedding(false)), HasSubstr("the input has shape [2, 1, 1, 3]"));
}

TEST(EmbeddingNDLayer, LooksUpColumnsAlongTheLastDimension) {
  EXPECT_EQ(run_layer({{{2, 1}, {2, 0}}}, embedding_nd(false)), (TestTensor{{2, 2}, {3, 6, 1, 4}}));
  EXPECT_EQ(run_layer({{{1, 2, 1}, {1, 0}}}, embedding_nd(true)), (TestTensor{{1, 2, 2}, {12, 25, 11, 24}}));
  EXPECT_THAT(layer_error({{2, 3}}, embedding_nd(false)), HasSubstr("instead of [2, 1]"));
}

TEST(EmbeddingNDLayer, CutsFractionsOffAndRefusesWhatIsNoIndex) {
  EXPECT_EQ(run_layer({{{1, 1}, {1.9F}}}, embedding_nd(false)).values, (Floats{2, 5}));
  for (const float wrong : {3.0F, -1.0F, std::nanf("")}) {
    try {
      run_layer({{{1, 1}, {wrong}}}, embedding_nd(false));
      FAIL() << wrong;
    } catch (const graph::GraphError& error) {
      EXPECT_THAT(error.what(), HasSubstr("is not one of 0 to 2"));
      EXPECT_THAT(error.what(), HasSubstr("layer 'the layer'"));
    }
  }
}

Fill matmul(bool transpose_a, bool transpose_b) {
  return [=](Layer& layer) {
    layer.mutable_batchedmatmul()->set_transposea(transpose_a);
    layer.mutable_batchedmatmul()->set_transposeb(transpose_b);
  };
}

const TestTensor square{{2, 2}, {1, 2, 3, 4}};
const TestTensor shear{{2, 2}, {1, 10, 0, 1}};

TEST(BatchedMatmulLayer, TransposesEitherOfTwoInputs) {
  EXPECT_EQ(run_layer({square, shear}, matmul(false, false)).values, (Floats{1, 12, 3, 34}));
  EXPECT_EQ(run_layer({square, shear}, matmul(true, false)).values, (Floats{1, 13, 2, 24}));
  EXPECT_EQ(run_layer({square, shear}, matmul(false, true)).values, (Floats{21, 2, 43, 4}));
  EXPECT_EQ(run_layer({square, shear}, matmul(true, true)).values, (Floats{31, 3, 42, 4}));
}

TEST(BatchedMatmulLayer, BroadcastsAllButTheMatrices) {
  const TestTensor a = counting({2, 1, 1, 2}), b = counting({3, 2, 1});
  EXPECT_EQ(run_layer({a, b}, matmul(false, false)), (TestTensor{{2, 3, 1, 1}, {5, 11, 17, 11, 25, 39}}));
  EXPECT_THAT(layer_error({{2, 1, 2}, {3, 2, 1}}, matmul(false, false)), HasSubstr("shapes don't go together"));
  EXPECT_THAT(layer_error({{2, 3}, {2, 3}}, matmul(false, false)), HasSubstr("3 columns and 2 rows"));
}

TEST(BatchedMatmulLayer, TakesVectorsAsARowAndAColumn) {
  const TestTensor vector{{2}, {1, 10}};
  EXPECT_EQ(run_layer({vector, square}, matmul(false, false)), (TestTensor{{1, 2}, {31, 42}}));
  EXPECT_EQ(run_layer({square, vector}, matmul(false, false)), (TestTensor{{2, 1}, {21, 43}}));
  EXPECT_EQ(run_layer({vector, vector}, matmul(false, false)), (TestTensor{{1, 1}, {101}}));
  EXPECT_EQ(run_layer({vector, vector}, matmul(true, true)), (TestTensor{{2, 2}, {1, 10, 10, 100}}));
}

TEST(BatchedMatmulLayer, ReadsItsOwnWeightInColumnMajorOrder) {
  const auto fill = [](bool bias) -> Fill {
    return [=](Layer& layer) {
      auto& params = *layer.mutable_batchedmatmul();
      params.set_weightmatrixfirstdimension(2);
      params.set_weightmatrixseconddimension(3);
      params.set_transposea(true);  // ignored
      params.set_hasbias(bias);
      set_weights(*params.mutable_weights(), {1, 2, 3, 4, 5, 6});  // the columns (1, 2), (3, 4), (5, 6)
      set_weights(*params.mutable_bias(), {100, 200, 300});
    };
  };
  EXPECT_EQ(run_layer({{{1, 2}, {1, 10}}}, fill(false)), (TestTensor{{1, 3}, {21, 43, 65}}));
  EXPECT_EQ(run_layer({{{2}, {1, 10}}}, fill(true)), (TestTensor{{3}, {121, 243, 365}}));
  EXPECT_EQ(run_layer({counting({1, 2, 2, 2})}, fill(false)).dims, (Dims{1, 2, 2, 3}));
  EXPECT_THAT(layer_error({{2, 2}, {2, 2}}, fill(true)), HasSubstr("a bias needs weights of the layer's own"));
}

TEST(BatchedMatmulLayer, TakesEightBitWeightsAsTheNumbersTheyStandFor) {
  const auto fill = [](Layer& layer) {
    auto& params = *layer.mutable_batchedmatmul();
    params.set_weightmatrixfirstdimension(2);
    params.set_weightmatrixseconddimension(1);
    params.set_int8dynamicquantize(true);
    params.mutable_weights()->set_int8rawvalue(std::string("\x02\xfc", 2));  // 2, -4
    params.mutable_weights()->mutable_quantization()->set_numberofbits(8);
    params.mutable_weights()->mutable_quantization()->mutable_linearquantization()->add_scale(0.5F);
  };
  // An input rounded to 8 bits over its range would not give the small term back.
  EXPECT_EQ(run_layer({{{1, 2}, {1000, 0.125F}}}, fill).values, (Floats{999.75F}));
}

TEST(DotLayer, SumsOverChannels) {
  const auto dot = [](bool cosine) -> Fill {
    return [=](Layer& layer) { layer.mutable_dot()->set_cosinesimilarity(cosine); };
  };
  const TestTensor a{{2, 2, 1, 1}, {3, 4, 1, 0}}, b{{2, 2, 1, 1}, {6, 8, 0, 5}};
  EXPECT_EQ(run_layer({a, b}, dot(false)), (TestTensor{{2, 1, 1, 1}, {50, 0}}));
  EXPECT_EQ(run_layer({a, b}, dot(true)), (TestTensor{{2, 1, 1, 1}, {1, 0}}));
  EXPECT_THAT(layer_error({{2, 2, 1}, {2, 2, 1}}, dot(false)), HasSubstr("end in two ones"));
  EXPECT_THAT(layer_error({{2, 1, 1}, {1, 2, 1, 1}}, dot(false)), HasSubstr("must have one rank"));
}

TEST(MvnLayer, NormalizesPlanesOrAllChannels) {
  const auto mvn = [](bool across, bool variance, float epsilon = 0) -> Fill {
    return [=](Layer& layer) {
      layer.mutable_mvn()->set_acrosschannels(across);
      layer.mutable_mvn()->set_normalizevariance(variance);
      layer.mutable_mvn()->set_epsilon(epsilon);
    };
  };
  const TestTensor x{{1, 2, 1, 2}, {1, 3, 5, 11}};
  EXPECT_EQ(run_layer({x}, mvn(false, false)), (TestTensor{{1, 2, 1, 2}, {-1, 1, -3, 3}}));
  EXPECT_EQ(run_layer({x}, mvn(true, false)).values, (Floats{-4, -2, 0, 6}));
  const float wide = std::sqrt(9.0F + 3);
  expect_near(run_layer({x}, mvn(false, true, 3)), {{1, 2, 1, 2}, {-0.5F, 0.5F, -3 / wide, 3 / wide}});
  const float spread = std::sqrt(14.0F + 2);
  expect_near(run_layer({x}, mvn(true, true, 2)), {{1, 2, 1, 2}, {-4 / spread, -2 / spread, 0, 6 / spread}});
  // The epsilon that stands for 0 shows where there is no variance to speak of.
  const TestTensor small{{1, 1, 2}, {-1e-3F, 1e-3F}};
  expect_near(run_layer({small}, mvn(false, true)), {{1, 1, 2}, {-std::sqrt(0.5F), std::sqrt(0.5F)}});
}

TEST(L2NormalizeLayer, DividesByTheLengthOfAllChannelsOfOneImage) {
  const auto normalize = [](float epsilon) -> Fill {
    return [=](Layer& layer) { layer.mutable_l2normalize()->set_epsilon(epsilon); };
  };
  const TestTensor x{{2, 2, 1, 1}, {3, 4, 0, 2}};
  expect_near(run_layer({x}, normalize(0)), {{2, 2, 1, 1}, {0.6F, 0.8F, 0, 1}});
  expect_near(run_layer({x}, normalize(11)), {{2, 2, 1, 1}, {0.5F, 4.0F / 6, 0, 2 / std::sqrt(15.0F)}});
  expect_near(run_layer({{{1, 1, 1}, {1e-3F}}}, normalize(0)), {{1, 1, 1}, {std::sqrt(0.5F)}});
}

TEST(LayerNormalizationLayer, NormalizesOverTheLastDimensions) {
  const auto normalize = [](std::vector<std::int64_t> shape, Floats gamma, Floats beta, float epsilon) -> Fill {
    return [=](Layer& layer) {
      auto& params = *layer.mutable_layernormalization();
      for (const std::int64_t size : shape) params.add_normalizedshape(size);
      params.set_eps(epsilon);
      set_weights(*params.mutable_gamma(), gamma);
      set_weights(*params.mutable_beta(), beta);
    };
  };
  const TestTensor x{{2, 2}, {1, 3, 5, 11}};
  EXPECT_EQ(run_layer({x}, normalize({2}, {1, 10}, {0, 100}, 0)), (TestTensor{{2, 2}, {-1, 110, -1, 110}}));
  EXPECT_EQ(run_layer({x}, normalize({2}, {1, 1}, {0, 0}, 3)).values[0], -0.5F);
  EXPECT_EQ(run_layer({x}, normalize({2, 2}, {1, 1, 1, 2}, {0, 0, 1, 0}, 2)).values, (Floats{-1, -0.5F, 1, 3}));
  EXPECT_THAT(layer_error({{2, 2}}, normalize({3}, {1, 1, 1}, {0, 0, 0}, 0)),
              HasSubstr("normalizedShape [3] is not how its input's shape [2, 2] ends"));
  EXPECT_THAT(layer_error({{2}}, normalize({2, 2}, {1, 1, 1, 1}, {0, 0, 0, 0}, 0)), HasSubstr("normalizedShape"));
}

}  // namespace
}  // namespace goldilocks::testing
