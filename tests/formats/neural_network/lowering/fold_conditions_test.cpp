// Where folding would change an answer, or can't be proved not to, everything stays as it is. And where networks nest.
#include <gmock/gmock.h>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/validate.hpp"
#include "tests/formats/neural_network/lowering/fold_runner.hpp"

namespace goldilocks::testing {
namespace {

int folded(spec::Model model) { return static_cast<int>(model::fold_layers(model, {}).size()); }

TEST(FoldConditions, ThePairFoldsUnlessSomethingForbidsIt) {
  EXPECT_EQ(folded(pair_of_layers()), 1);
  expect_untouched(pair_of_layers(), {.batchnorm = false});
}

TEST(FoldConditions, NotWhereAnotherLayerReadsTheBlob) {
  ModelBuilder builder = fold_input();
  builder.convolution("conv", 4, 6).batchnorm("norm", 6).layer("other", {"conv"}, {"other"}, relu);
  expect_untouched(builder.output("norm").output("other").build());
  ModelBuilder twice = fold_input();
  twice.convolution("conv", 4, 6).layer("add", {"conv", "conv"}, {"add"}, [](Layer& layer) { layer.mutable_add(); });
  expect_untouched(twice.build());
}

TEST(FoldConditions, NotWhereANestedNetworkReadsTheBlob) {
  for (const bool loop : {false, true}) {
    ModelBuilder builder = fold_input(3, true);
    builder.convolution("conv", 4, 6).batchnorm("norm", 6).layer("control", {"in"}, {}, [&](Layer& layer) {
      auto& inner = loop ? *layer.mutable_loop()->mutable_bodynetwork() : *layer.mutable_branch()->mutable_ifbranch();
      Layer& reader = *inner.add_layers();
      reader.set_name("reader");
      reader.add_input("conv");
      reader.add_output("read");
      relu(reader);
    });
    expect_untouched(builder.output("norm").build());
  }
}

TEST(FoldConditions, NotWhereTheBlobIsKnownByItsName) {
  spec::Model output = pair_of_layers();
  *output.mutable_description()->add_output() = output.description().output(0);
  output.mutable_description()->mutable_output(1)->set_name("conv");
  expect_untouched(output);

  ModelBuilder builder = fold_input();
  spec::Model classifier = builder.convolution("conv", 4, 6).batchnorm("norm", 6).classifier({"a"}).build();
  EXPECT_EQ(folded(classifier), 1);
  spec::Model scores = classifier;
  scores.mutable_neuralnetworkclassifier()->set_labelprobabilitylayername("conv");
  expect_untouched(scores);
  spec::Model probabilities = classifier;
  probabilities.mutable_description()->set_predictedprobabilitiesname("conv");
  expect_untouched(probabilities);

  for (const bool cross_entropy : {false, true}) {
    spec::Model trained = pair_of_layers();
    spec::LossLayer& loss = *trained.mutable_neuralnetwork()->mutable_updateparams()->add_losslayers();
    if (cross_entropy) {
      loss.mutable_categoricalcrossentropylosslayer()->set_input("conv");
    } else {
      loss.mutable_meansquarederrorlosslayer()->set_input("conv");
    }
    expect_untouched(trained);
  }
}

TEST(FoldConditions, OutputsKeepTheirNames) {
  spec::Model model = pair_of_layers();
  model::fold_layers(model, {});
  EXPECT_EQ(model.neuralnetwork().layers(0).name(), "conv");
  EXPECT_EQ(model.neuralnetwork().layers(0).output(0), "norm");
  EXPECT_EQ(model.description().output(0).name(), "norm");
}

TEST(FoldConditions, NotWhereStatisticsAreOfTheInput) {
  expect_untouched(pair_of_layers([](Layer&, Layer& norm) { norm.mutable_batchnorm()->set_computemeanvar(true); }));
  expect_untouched(
      pair_of_layers([](Layer&, Layer& norm) { norm.mutable_batchnorm()->set_instancenormalization(true); }));
  for (const bool instance : {false, true}) {
    ModelBuilder builder = fold_input();
    spec::Model model = builder.batchnorm("norm", 4).layer("scale", scale_of(1, {4})).build();
    auto& norm = *model.mutable_neuralnetwork()->mutable_layers(0)->mutable_batchnorm();
    norm.set_computemeanvar(true);
    norm.set_instancenormalization(instance);
    expect_untouched(model);
  }
}

TEST(FoldConditions, NotWhereTheVarianceIsNegative) {
  expect_untouched(
      pair_of_layers([](Layer&, Layer& norm) { norm.mutable_batchnorm()->mutable_variance()->set_floatvalue(2, -1); }));
}

TEST(FoldConditions, NotWhereParametersDifferWithinAChannel) {
  for (const std::vector<std::uint64_t>& shape : std::vector<std::vector<std::uint64_t>>{{1, 5, 6}, {6, 5, 6}}) {
    for (const auto& last : {scale_of(5, shape), bias_of(5, shape), scale_of(5, {6}, shape), scale_of(5, shape, {6})}) {
      ModelBuilder builder = fold_input();
      expect_untouched(builder.convolution("conv", 4, 6).layer("last", last).build());
    }
    ModelBuilder builder = fold_input();
    expect_untouched(builder.convolution("conv", 4, 6)
                         .activation("relu")
                         .layer("map", scale_of(5, shape))
                         .batchnorm("norm", 6)
                         .build());
  }
}

// [1, 5, 6] holds as many values as there are channels, and they are not of the channels.
TEST(FoldConditions, AMapAsLongAsTheChannelsIsStillAMap) {
  for (const auto& last : {scale_of(5, {1, 5, 6}), bias_of(5, {1, 5, 6}), scale_of(5, {30}, {1, 5, 6})}) {
    ModelBuilder builder = fold_input();
    expect_untouched(builder.convolution("conv", 4, 30).layer("last", last).build());
  }
}

TEST(FoldConditions, NotWhereTheChannelsDisagree) {
  for (const auto& last : {scale_of(5, {3}), bias_of(5, {3}), scale_of(5, {1}, {3})}) {
    ModelBuilder builder = fold_input();
    expect_untouched(builder.convolution("conv", 4, 6).layer("last", last).build());
  }
  ModelBuilder single = fold_input();
  expect_untouched(single.convolution("conv", 4, 6).batchnorm("norm", 1).build());
  ModelBuilder two = fold_input();
  expect_untouched(two.layer("scale", scale_of(5, {4})).batchnorm("norm", 3).build());
}

TEST(FoldConditions, NotIntoGroupsThatDoNotDivideADeconvolution) {
  for (const bool inputs : {false, true}) {
    ModelBuilder builder = fold_input();
    spec::Model model =
        builder.convolution("conv", 4, 6, {.groups = 2, .deconvolution = true}).batchnorm("norm", 6).build();
    auto& conv = *model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution();
    if (inputs) conv.set_kernelchannels(5);
    if (!inputs) conv.set_outputchannels(7);
    expect_untouched(model);
  }
}

// Where the output has rank 3, the three layers act on its first axis, not on the outputs.
TEST(FoldConditions, IntoAnInnerProductOnlyAtRank4Or5) {
  const auto network = [](const std::vector<std::int64_t>& shape, std::uint64_t width) {
    ModelBuilder builder;
    return builder.array_input("in", shape)
        .exact_shapes()
        .inner_product("dense", width, 3)
        .layer("scale", scale_of(5, {3}))
        .build();
  };
  expect_untouched(network({3, 2, 4}, 4));
  EXPECT_EQ(folded(network({2, 4, 1, 1}, 4)), 1);
  EXPECT_EQ(folded(network({1, 2, 4, 1, 1}, 4)), 1);
  // The rank behind a reshape is known only where the file says so.
  ModelBuilder builder;
  builder.array_input("in", {2, 4}).exact_shapes().layer("reshape", [](Layer& layer) {
    for (const std::int64_t dim : {2, 4, 1, 1}) layer.mutable_reshapestatic()->add_targetshape(dim);
  });
  spec::Model unknown =
      builder.activation("relu").inner_product("dense", 4, 3).layer("scale", scale_of(5, {3})).build();
  expect_untouched(unknown);
  unknown.mutable_neuralnetwork()->mutable_layers(0)->add_outputtensor()->set_rank(4);
  EXPECT_EQ(folded(unknown), 1);
  unknown.mutable_neuralnetwork()->mutable_layers(0)->mutable_outputtensor(0)->set_rank(3);
  expect_untouched(unknown);
}

TEST(FoldConditions, NotIntoLayersThatLearn) {
  expect_untouched(pair_of_layers([](Layer& conv, Layer&) { conv.set_isupdatable(true); }));
  expect_untouched(pair_of_layers(
      [](Layer& conv, Layer&) { conv.mutable_convolution()->mutable_weights()->set_isupdatable(true); }));
  expect_untouched(pair_of_layers([](Layer&, Layer& norm) { norm.set_isupdatable(true); }));
}

TEST(FoldConditions, NotIntoQuantizedLayers) {
  expect_untouched(
      pair_of_layers([](Layer& conv, Layer&) { make_coded(*conv.mutable_convolution()->mutable_weights()); }));
  expect_untouched(
      pair_of_layers([](Layer& conv, Layer&) { make_coded(*conv.mutable_convolution()->mutable_bias()); }));
  ModelBuilder dense = fold_input();
  spec::Model model = dense.inner_product("dense", 4 * 5 * 6, 3).batchnorm("norm", 3).build();
  EXPECT_EQ(folded(model), 1);
  model.mutable_neuralnetwork()->mutable_layers(0)->mutable_innerproduct()->set_int8dynamicquantize(true);
  expect_untouched(model);
  for (const bool norm : {false, true}) {
    ModelBuilder builder = fold_input();
    if (norm) {
      builder.batchnorm("first", 4);
    } else {
      builder.layer("first", scale_of(5, {4}, {4}));
    }
    spec::Model chain = builder.layer("last", scale_of(7, {4})).build();
    EXPECT_EQ(folded(chain), 1);
    Layer& first = *chain.mutable_neuralnetwork()->mutable_layers(0);
    make_coded(norm ? *first.mutable_batchnorm()->mutable_mean() : *first.mutable_scale()->mutable_bias());
    expect_untouched(chain);
  }
}

TEST(FoldConditions, NotWhereWeightsAreAnInputOrMissing) {
  ModelBuilder builder = fold_input(3, true);
  builder.array_input("kernel", {6, 4, 3, 3}).continue_from("in").convolution("conv", 4, 6).batchnorm("norm", 6);
  spec::Model model = builder.build();
  EXPECT_EQ(folded(model), 1);
  model.mutable_neuralnetwork()->mutable_layers(0)->add_input("kernel");
  expect_untouched(model);
  expect_untouched(pair_of_layers([](Layer& conv, Layer&) { conv.mutable_convolution()->clear_weights(); }));
  expect_untouched(pair_of_layers([](Layer& conv, Layer&) { conv.mutable_convolution()->clear_bias(); }));
  expect_untouched(pair_of_layers([](Layer&, Layer& norm) { norm.mutable_batchnorm()->clear_beta(); }));
}

TEST(FoldConditions, NotWhereAResultIsTooLarge) {
  const auto large = [](float conv_weight, float conv_bias, float gamma) {
    return pair_of_layers([=](Layer& conv, Layer& norm) {
      conv.mutable_convolution()->mutable_weights()->set_floatvalue(0, conv_weight);
      conv.mutable_convolution()->mutable_bias()->set_floatvalue(0, conv_bias);
      norm.mutable_batchnorm()->mutable_gamma()->set_floatvalue(0, gamma);
    });
  };
  EXPECT_EQ(folded(large(1e30F, 1e30F, 1)), 1);
  expect_untouched(large(1e30F, 1, 1e30F));
  expect_untouched(large(1, 1e30F, 1e30F));
  expect_untouched(large(1, 1, std::numeric_limits<float>::infinity()));
}

// A layer that leaves a loop's body, or a choice, stands between: the one may run without the other.
TEST(FoldConditions, NotAcrossControlFlow) {
  ModelBuilder builder = fold_input(3, true);
  builder.convolution("conv", 4, 6)
      .layer("break", {}, {}, [](Layer& layer) { layer.mutable_loopbreak(); })
      .continue_from("conv")
      .batchnorm("norm", 6);
  expect_untouched(builder.output("norm").build());
}

// The layer that is left stands where the folded one stood, and a copy has changed its input by then.
TEST(FoldConditions, NotWhereTheInputIsMadeAgainBetween) {
  const auto network = [](const std::string& copied_to) {
    ModelBuilder builder = fold_input(3, true);
    return builder.layer("relu", relu)
        .convolution("conv", 4, 6)
        .layer("copy", {"in"}, {copied_to}, [](Layer& layer) { layer.mutable_copy(); })
        .continue_from("conv")
        .batchnorm("norm", 6)
        .output("norm")
        .build();
  };
  EXPECT_EQ(folded(network("elsewhere")), 1);
  expect_untouched(network("relu"));
  expect_untouched(network("conv"));
  spec::Model first = network("conv");
  first.mutable_neuralnetwork()->mutable_layers()->SwapElements(1, 2);
  expect_untouched(first);
}

TEST(FoldConditions, NotIntoALayerOfTheNetworkAround) {
  ModelBuilder builder = fold_input(3, true);
  builder.convolution("conv", 4, 6).layer("branch", {"in"}, {}, [](Layer& layer) {
    Layer& bias = *layer.mutable_branch()->mutable_ifbranch()->add_layers();
    bias_of(5, {6})(bias);
    bias.set_name("bias");
    bias.add_input("conv");
    bias.add_output("bias");
  });
  expect_untouched(builder.layer("other", {"in"}, {"other"}, relu).output("other").build());
}

// The layers of pair_of_layers() in both sides of a branch, and the blob behind it.
TEST(FoldConditions, BothSidesOfABranchFold) {
  const spec::Model flat = pair_of_layers();
  ModelBuilder builder = fold_input(3, true);
  builder.layer("branch", {"in"}, {}, [&](Layer& layer) {
    *layer.mutable_branch()->mutable_ifbranch()->mutable_layers() = flat.neuralnetwork().layers();
    *layer.mutable_branch()->mutable_elsebranch()->mutable_layers() = flat.neuralnetwork().layers();
  });
  spec::Model model = builder.layer("relu", {"norm"}, {"relu"}, relu).build();
  EXPECT_TRUE(model::validate(model).empty());
  const std::vector<model::PassNote> notes = model::fold_layers(model, {});
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].layer, "branch/if/norm");
  EXPECT_EQ(notes[1].layer, "branch/else/norm");
  EXPECT_TRUE(model::validate(model).empty());

  spec::Model expected = flat;
  model::fold_layers(expected, {});
  const spec::BranchLayerParams& branch = model.neuralnetwork().layers(0).branch();
  for (const spec::NeuralNetwork* side : {&branch.ifbranch(), &branch.elsebranch()}) {
    ASSERT_EQ(side->layers_size(), 1);
    EXPECT_EQ(side->layers(0).SerializeAsString(), expected.neuralnetwork().layers(0).SerializeAsString());
  }
  // A reader of the blob between, after the branch, reads that of both sides.
  spec::Model read = builder.layer("other", {"conv"}, {"other"}, relu).build();
  expect_untouched(read);
}

TEST(FoldConditions, ALoopsBodyFoldsAndItsConditionStays) {
  const spec::Model flat = pair_of_layers();
  ModelBuilder builder = fold_input(3, true);
  builder.layer("loop", {}, {}, [&](Layer& layer) {
    layer.mutable_loop()->set_conditionvar("conv2");
    *layer.mutable_loop()->mutable_bodynetwork()->mutable_layers() = flat.neuralnetwork().layers();
    auto& condition = *layer.mutable_loop()->mutable_conditionnetwork()->mutable_layers();
    condition = flat.neuralnetwork().layers();
    condition[0].set_output(0, "conv2");
    condition[1].set_input(0, "conv2");
    condition[1].set_output(0, "norm2");
  });
  spec::Model model = builder.output("norm2").build();
  const std::vector<model::PassNote> notes = model::fold_layers(model, {});
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].layer, "loop/body/norm");
  EXPECT_EQ(model.neuralnetwork().layers(0).loop().conditionnetwork().layers_size(), 2);
  EXPECT_EQ(model.neuralnetwork().layers(0).loop().bodynetwork().layers_size(), 1);
}

// Of a loop's two networks both run, unlike the sides of a branch.
TEST(FoldConditions, ALoopsBodyReadsWhatItsConditionMakes) {
  ModelBuilder builder = fold_input(3, true);
  builder.layer("loop", {}, {}, [&](Layer& layer) {
    layer.mutable_loop()->set_conditionvar("norm");
    *layer.mutable_loop()->mutable_conditionnetwork()->mutable_layers() = pair_of_layers().neuralnetwork().layers();
    Layer& reader = *layer.mutable_loop()->mutable_bodynetwork()->add_layers();
    reader.set_name("reader");
    reader.add_input("conv");
    reader.add_output("read");
    relu(reader);
  });
  expect_untouched(builder.output("norm").build());
}

TEST(FoldConditions, ModelsInPipelinesFold) {
  spec::Model first = pair_of_layers();
  spec::Model model = pipeline_of_models({first, pipeline_of_models({first})});
  const std::vector<model::PassNote> notes = model::fold_layers(model, {});
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].layer, "models[0]: norm");
  EXPECT_EQ(notes[1].layer, "models[1]: models[0]: norm");
  spec::Model other;
  other.mutable_pipeline();
  expect_untouched(other);
  other.mutable_glmregressor();
  expect_untouched(other);
}

}  // namespace
}  // namespace goldilocks::testing
