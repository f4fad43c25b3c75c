// Every kind of layer, in a network whose tensors all have rank 5, which suits each of them.
#include <functional>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/formats/neural_network/layer_catalog.hpp"
#include "tests/formats/coreml/broken_rules.hpp"
#include "tests/formats/neural_network/layer_examples.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;

// The layer alone in a network, with so many inputs and outputs.
spec::Model network_of_one(const Layer& example, int inputs, int outputs) {
  testing::ModelBuilder builder;
  builder.exact_shapes();
  for (int i = 0; i < 8; ++i) builder.array_input(fmt::format("in{}", i), {1, 1, 1, 1, 1});
  std::vector<std::string> in;
  std::vector<std::string> out;
  for (int i = 0; i < inputs; ++i) in.push_back(fmt::format("in{}", i));
  for (int i = 0; i < outputs; ++i) out.push_back(fmt::format("out{}", i));
  builder.layer("it", in, out, [&](Layer& layer) {
    Layer copy = example;
    copy.set_name("it");
    copy.mutable_input()->Swap(layer.mutable_input());
    copy.mutable_output()->Swap(layer.mutable_output());
    layer = copy;
  });
  builder.layer("end", {"in7"}, {"end"}, [](Layer& layer) { layer.mutable_floor(); });
  return builder.output("end").build();
}

TEST(EveryKind, IsAcceptedWithTheFewestInputsAndOutputs) {
  for (const LayerKind& kind : layer_kinds()) {
    const spec::Model model = network_of_one(example_layer(kind.kind), kind.min_inputs, kind.min_outputs);
    if (kind.kind == Layer::kLoopBreak || kind.kind == Layer::kLoopContinue) {
      expect_only(model, "loop.control", "outside of a loop");
    } else {
      expect_valid(model, kind.name.data());
    }
  }
}

TEST(EveryKind, RefusesOtherNumbersOfInputsAndOutputs) {
  for (const LayerKind& kind : layer_kinds()) {
    const auto breaks = [&](int inputs, int outputs, const char* rule) {
      return broken_rules(network_of_one(example_layer(kind.kind), inputs, outputs)).contains(rule);
    };
    if (kind.min_inputs > 0) {
      EXPECT_TRUE(breaks(kind.min_inputs - 1, kind.min_outputs, "layer.inputs")) << kind.name;
    }
    if (kind.max_inputs != unbounded) {
      EXPECT_TRUE(breaks(kind.max_inputs + 1, kind.min_outputs, "layer.inputs")) << kind.name;
    }
    if (kind.min_outputs > 0) {
      EXPECT_TRUE(breaks(kind.min_inputs, kind.min_outputs - 1, "layer.outputs")) << kind.name;
    }
    if (kind.max_outputs != unbounded) {
      EXPECT_TRUE(breaks(kind.min_inputs, kind.max_outputs + 1, "layer.outputs")) << kind.name;
    }
  }
}

TEST(EveryKind, RefusesRanksThatItDoesNotTake) {
  for (const LayerKind& kind : layer_kinds()) {
    if (kind.min_outputs == 0) continue;
    const auto refuses = [&](int rank) {
      Layer layer = example_layer(kind.kind);
      layer.clear_outputtensor();
      for (int i = 0; i < kind.min_outputs; ++i) layer.add_outputtensor()->set_rank(static_cast<unsigned>(rank));
      return broken_rules(network_of_one(layer, kind.min_inputs, kind.min_outputs)).contains("layer.rank");
    };
    if (kind.min_rank > 1) {
      EXPECT_TRUE(refuses(kind.min_rank - 1)) << kind.name;
    }
    if (kind.max_rank > 0) {
      EXPECT_TRUE(refuses(kind.max_rank + 1)) << kind.name;
    }
    if (kind.equal_ranks) {
      EXPECT_TRUE(refuses(6)) << kind.name;
      EXPECT_FALSE(refuses(5)) << kind.name;
    }
  }
}

struct Mutation {
  const char* rule;
  LayerCase kind;
  std::function<void(Layer&)> change;
};

// Each change breaks one rule of one kind.
const std::vector<Mutation>& mutations() {
  static const std::vector<Mutation> all = {
      {"convolution.padding", Layer::kConvolution, [](Layer& l) { l.mutable_convolution()->clear_valid(); }},
      {"convolution.window", Layer::kConvolution, [](Layer& l) { l.mutable_convolution()->add_stride(1); }},
      {"pooling.padding", Layer::kPooling, [](Layer& l) { l.mutable_pooling()->clear_same(); }},
      {"pooling.window", Layer::kPooling, [](Layer& l) { l.mutable_pooling()->add_kernelsize(1); }},
      {"pooling.padding", Layer::kPooling,
       [](Layer& l) { l.mutable_pooling()->mutable_includelastpixel()->add_paddingamounts(1); }},
      {"convolution3d.sizes", Layer::kConvolution3D, [](Layer& l) { l.mutable_convolution3d()->set_stridedepth(0); }},
      {"convolution3d.padding", Layer::kConvolution3D,
       [](Layer& l) { l.mutable_convolution3d()->set_custompaddingtop(-1); }},
      {"convolution3d.output-shape", Layer::kConvolution3D,
       [](Layer& l) { l.mutable_convolution3d()->add_outputshape(1); }},
      {"pooling3d.sizes", Layer::kPooling3D, [](Layer& l) { l.mutable_pooling3d()->set_kernelwidth(0); }},
      {"pooling3d.padding", Layer::kPooling3D,
       [](Layer& l) {
         l.mutable_pooling3d()->set_paddingtype(spec::Pooling3DLayerParams::SAME);
         l.mutable_pooling3d()->set_custompaddingleft(1);
       }},
      {"activation.kind", Layer::kActivation, [](Layer& l) { l.mutable_activation()->clear_relu(); }},
      {"crop.amounts", Layer::kCrop, [](Layer& l) { l.mutable_crop()->clear_cropamounts(); }},
      {"padding.kind", Layer::kPadding, [](Layer& l) { l.mutable_padding()->clear_constant(); }},
      {"padding.amounts", Layer::kPadding,
       [](Layer& l) { l.mutable_padding()->mutable_paddingamounts()->add_borderamounts(); }},
      {"upsample.factors", Layer::kUpsample, [](Layer& l) { l.mutable_upsample()->add_scalingfactor(2); }},
      {"upsample.mode", Layer::kUpsample,
       [](Layer& l) {
         for (int i = 0; i < 2; ++i) l.mutable_upsample()->add_fractionalscalingfactor(1.5F);
       }},
      {"upsample.mode", Layer::kUpsample,
       [](Layer& l) { l.mutable_upsample()->set_linearupsamplemode(spec::UpsampleLayerParams::ALIGN_CORNERS_TRUE); }},
      {"resizeBilinear.size", Layer::kResizeBilinear, [](Layer& l) { l.mutable_resizebilinear()->add_targetsize(1); }},
      {"cropResize.size", Layer::kCropResize, [](Layer& l) { l.mutable_cropresize()->add_targetsize(1); }},
      {"lrn.k", Layer::kLrn, [](Layer& l) { l.mutable_lrn()->set_k(-1); }},
      {"bias.shape", Layer::kBias, [](Layer& l) { l.mutable_bias()->add_shape(1); }},
      {"scale.shape", Layer::kScale, [](Layer& l) { l.mutable_scale()->add_shapescale(1); }},
      {"loadConstant.shape", Layer::kLoadConstant, [](Layer& l) { l.mutable_loadconstant()->add_shape(1); }},
      {"reshape.shape", Layer::kReshape, [](Layer& l) { l.mutable_reshape()->clear_targetshape(); }},
      {"permute.axis", Layer::kPermute, [](Layer& l) { l.mutable_permute()->clear_axis(); }},
      {"permute.axis", Layer::kPermute, [](Layer& l) { l.mutable_permute()->set_axis(0, 3); }},
      {"reorganizeData.block", Layer::kReorganizeData, [](Layer& l) { l.mutable_reorganizedata()->set_blocksize(1); }},
      {"slice.stride", Layer::kSlice, [](Layer& l) { l.mutable_slice()->set_stride(0); }},
      {"slice.range", Layer::kSlice,
       [](Layer& l) {
         l.mutable_slice()->set_startindex(5);
         l.mutable_slice()->set_endindex(4);
       }},
      {"slice.range", Layer::kSlice,
       [](Layer& l) {
         l.mutable_slice()->set_startindex(-1);
         l.mutable_slice()->set_endindex(-2);
       }},
      {"reduce.axis", Layer::kReduce, [](Layer& l) { l.mutable_reduce()->set_mode(spec::ReduceLayerParams::ARGMAX); }},
      {"custom.class", Layer::kCustom, [](Layer& l) { l.mutable_custom()->clear_classname(); }},
      {"recurrent.activations", Layer::kSimpleRecurrent,
       [](Layer& l) { l.mutable_simplerecurrent()->mutable_activation()->mutable_elu(); }},
      {"recurrent.activations", Layer::kGru, [](Layer& l) { l.mutable_gru()->add_activations()->mutable_relu(); }},
      {"recurrent.activations", Layer::kUniDirectionalLSTM,
       [](Layer& l) { l.mutable_unidirectionallstm()->mutable_activations(2)->mutable_softsign(); }},
      {"recurrent.activations", Layer::kBiDirectionalLSTM,
       [](Layer& l) { l.mutable_bidirectionallstm()->clear_activationsbackwardlstm(); }},
      {"recurrent.directions", Layer::kBiDirectionalLSTM,
       [](Layer& l) { l.mutable_bidirectionallstm()->mutable_weightparams()->RemoveLast(); }},
      {"branch.layers", Layer::kBranch, [](Layer& l) { l.mutable_branch()->clear_ifbranch(); }},
      {"loop.layers", Layer::kLoop, [](Layer& l) { l.mutable_loop()->clear_bodynetwork(); }},
      {"loop.condition", Layer::kLoop, [](Layer& l) { l.mutable_loop()->set_conditionvar("c"); }},
      {"loop.iterations", Layer::kLoop, [](Layer& l) { l.mutable_loop()->set_maxloopiterations(0); }},
      {"clip.range", Layer::kClip, [](Layer& l) { l.mutable_clip()->set_minval(1); }},
      {"splitND.parts", Layer::kSplitND, [](Layer& l) { l.mutable_splitnd()->set_numsplits(3); }},
      {"transpose.axes", Layer::kTranspose, [](Layer& l) { l.mutable_transpose()->set_axes(0, 4); }},
      {"sliceStatic.lengths", Layer::kSliceStatic, [](Layer& l) { l.mutable_slicestatic()->add_endids(2); }},
      {"reverseSeq.axes", Layer::kReverseSeq, [](Layer& l) { l.mutable_reverseseq()->set_batchaxis(1); }},
      {"layer.shape", Layer::kFillStatic, [](Layer& l) { l.mutable_fillstatic()->clear_targetshape(); }},
      {"layer.shape", Layer::kReshapeStatic, [](Layer& l) { l.mutable_reshapestatic()->clear_targetshape(); }},
      {"layer.shape", Layer::kBroadcastToStatic, [](Layer& l) { l.mutable_broadcasttostatic()->clear_targetshape(); }},
      {"layer.shape", Layer::kLoadConstantND,
       [](Layer& l) {
         for (int i = 0; i < 5; ++i) l.mutable_loadconstantnd()->add_shape(1);
       }},
      {"layer.shape", Layer::kRandomNormalStatic,
       [](Layer& l) { l.mutable_randomnormalstatic()->clear_outputshape(); }},
      {"rankPreservingReshape.ranks", Layer::kRankPreservingReshape,
       [](Layer& l) { l.mutable_rankpreservingreshape()->add_targetshape(1); }},
      {"squeeze.axes", Layer::kSqueeze, [](Layer& l) { l.mutable_squeeze()->add_axes(0); }},
      {"expandDims.axes", Layer::kExpandDims, [](Layer& l) { l.mutable_expanddims()->clear_axes(); }},
      {"constantPad.amounts", Layer::kConstantPad, [](Layer& l) { l.mutable_constantpad()->add_padamounts(1); }},
      {"constantPad.amounts", Layer::kConstantPad,
       [](Layer& l) { l.mutable_constantpad()->set_padtogivenoutputsizemode(true); }},
      {"random.range", Layer::kRandomUniformLike, [](Layer& l) { l.mutable_randomuniformlike()->set_minval(1); }},
      {"random.probability", Layer::kRandomBernoulliDynamic,
       [](Layer& l) { l.mutable_randombernoullidynamic()->set_prob(1.5F); }},
      {"layer.axis", Layer::kArgSort, [](Layer& l) { l.mutable_argsort()->set_axis(-1); }},
      {"layer.axis", Layer::kSoftmaxND,
       [](Layer& l) {
         l.add_inputtensor()->set_rank(5);
         l.mutable_softmaxnd()->set_axis(5);
       }},
      {"layer.axis", Layer::kReduceMean,
       [](Layer& l) {
         l.add_inputtensor()->set_rank(5);
         l.mutable_reducemean()->add_axes(-6);
       }},
      {"reverse.dimensions", Layer::kReverse,
       [](Layer& l) {
         l.add_inputtensor()->set_rank(5);
         l.mutable_reverse()->add_reversedim(true);
       }},
      {"layer.rank", Layer::kArgMax,
       [](Layer& l) {
         l.add_inputtensor()->set_rank(5);
         l.add_outputtensor()->set_rank(4);
       }},
      {"layer.rank", Layer::kRangeStatic, [](Layer& l) { l.add_outputtensor()->set_rank(2); }},
      {"layer.rank", Layer::kConcat,
       [](Layer& l) {
         l.mutable_concat()->set_sequenceconcat(true);
         l.add_outputtensor()->set_rank(4);
       }},
      {"control.scalar", Layer::kBranch,
       [](Layer& l) {
         l.add_inputtensor()->set_rank(5);
         for (int i = 0; i < 5; ++i) l.mutable_inputtensor(0)->add_dimvalue(2);
       }},
      {"tensors.count", Layer::kAdd,
       [](Layer& l) {
         for (int i = 0; i < 3; ++i) l.add_inputtensor()->set_rank(5);
       }},
      {"tensors.dimensions", Layer::kFloor,
       [](Layer& l) {
         l.add_inputtensor()->set_rank(5);
         l.mutable_inputtensor(0)->add_dimvalue(1);
       }},
      {"tensors.rank", Layer::kFloor, [](Layer& l) { l.add_inputtensor()->set_rank(4); }},
  };
  return all;
}

TEST(LayerRules, EachMutationBreaksItsRuleAlone) {
  for (const Mutation& mutation : mutations()) {
    const LayerKind& kind = *find_layer_kind(mutation.kind);
    Layer layer = example_layer(mutation.kind);
    mutation.change(layer);
    const auto rules = broken_rules(network_of_one(layer, kind.min_inputs, kind.min_outputs));
    EXPECT_THAT(rules, ::testing::ElementsAre(mutation.rule)) << kind.name;
  }
}

TEST(LayerRules, AnUnknownKindIsRefused) { expect_only(network_of_one(Layer(), 1, 1), "layer.kind"); }

TEST(LayerRules, WeightsAsInputGoNeitherWithDeconvolutionNorDilation) {
  Layer layer = example_layer(Layer::kConvolution);
  expect_valid(network_of_one(layer, 2, 1));
  layer.mutable_convolution()->set_isdeconvolution(true);
  expect_only(network_of_one(layer, 2, 1), "convolution.dynamic");
  layer.mutable_convolution()->set_isdeconvolution(false);
  for (int i = 0; i < 2; ++i) layer.mutable_convolution()->add_dilationfactor(2);
  expect_only(network_of_one(layer, 2, 1), "convolution.dynamic");
}

TEST(LayerRules, BatchedMatmulOfTwoInputsHasNoWeightsOfItsOwn) {
  Layer layer = example_layer(Layer::kBatchedMatmul);
  expect_valid(network_of_one(layer, 2, 1));
  layer.mutable_batchedmatmul()->set_hasbias(true);
  expect_only(network_of_one(layer, 2, 1), "batchedMatmul.inputs");
}

TEST(LayerRules, GroupsDivideTheChannelsOfAConvolution3d) {
  Layer layer = example_layer(Layer::kConvolution3D);
  layer.mutable_convolution3d()->set_ngroups(2);
  layer.mutable_convolution3d()->set_inputchannels(3);
  expect_only(network_of_one(layer, 1, 1), "convolution3d.groups");
}

TEST(LayerRules, SqueezeAndExpandDimsLeadFromRankToRank) {
  Layer squeeze = example_layer(Layer::kSqueeze);
  squeeze.add_inputtensor()->set_rank(5);
  squeeze.add_outputtensor()->set_rank(4);
  expect_valid(network_of_one(squeeze, 1, 1));
  squeeze.mutable_outputtensor(0)->set_rank(3);
  expect_only(network_of_one(squeeze, 1, 1), "squeeze.axes");
  squeeze.mutable_outputtensor(0)->set_rank(3);
  squeeze.mutable_squeeze()->add_axes(-5);
  expect_only(network_of_one(squeeze, 1, 1), "squeeze.axes");
  Layer expand = example_layer(Layer::kExpandDims);
  expand.add_inputtensor()->set_rank(5);
  expand.add_outputtensor()->set_rank(6);
  expect_valid(network_of_one(expand, 1, 1));
  expand.mutable_expanddims()->set_axes(0, 6);
  expect_only(network_of_one(expand, 1, 1), "expandDims.axes");
}

TEST(LayerRules, ViolationsNameTheLayerAndReadAsOneLine) {
  Layer layer = example_layer(Layer::kLrn);
  layer.mutable_lrn()->set_k(-1);
  const auto violations = validate(network_of_one(layer, 1, 1));
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].text(), "layer 'it': k is -1, it can't be negative [lrn.k]");
}

}  // namespace
}  // namespace goldilocks::model
