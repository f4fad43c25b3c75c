// Pipelines and the small models in them.
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "tests/formats/coreml/broken_rules.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::model {
namespace {

using Array = spec::ArrayFeatureType;

spec::FeatureType array_type(std::initializer_list<std::int64_t> shape) {
  spec::FeatureType type;
  type.mutable_multiarraytype()->set_datatype(Array::DOUBLE);
  for (const std::int64_t dim : shape) type.mutable_multiarraytype()->add_shape(dim);
  return type;
}

spec::FeatureType double_type() {
  spec::FeatureType type;
  type.mutable_doubletype();
  return type;
}

spec::FeatureType int64_type() {
  spec::FeatureType type;
  type.mutable_int64type();
  return type;
}

spec::FeatureType string_type() {
  spec::FeatureType type;
  type.mutable_stringtype();
  return type;
}

spec::FeatureType dictionary_type() {
  spec::FeatureType type;
  type.mutable_dictionarytype()->mutable_stringkeytype();
  return type;
}

void add_feature(google::protobuf::RepeatedPtrField<spec::FeatureDescription>& features, const std::string& name,
                 const spec::FeatureType& type) {
  spec::FeatureDescription& feature = *features.Add();
  feature.set_name(name);
  *feature.mutable_type() = type;
}

// A model of one input "x" and one output "y".
spec::Model feature_model(const spec::FeatureType& in, const spec::FeatureType& out,
                          const std::function<void(spec::Model&)>& fill) {
  spec::Model model;
  model.set_specificationversion(3);
  add_feature(*model.mutable_description()->mutable_input(), "x", in);
  add_feature(*model.mutable_description()->mutable_output(), "y", out);
  fill(model);
  return model;
}

spec::Model normalizer(const std::string& in, const std::string& out, std::int64_t length = 3) {
  spec::Model model =
      feature_model(array_type({length}), array_type({length}), [](auto& m) { m.mutable_normalizer(); });
  model.mutable_description()->mutable_input(0)->set_name(in);
  model.mutable_description()->mutable_output(0)->set_name(out);
  return model;
}

spec::Model with_change(spec::Model model, const std::function<void(spec::Model&)>& change) {
  change(model);
  return model;
}

TEST(PipelineRules, EachInputHasASourceOfItsType) {
  expect_valid(testing::pipeline_of_models({normalizer("a", "b"), normalizer("b", "c")}));
  expect_only(testing::pipeline_of_models({normalizer("a", "b"), normalizer("x", "c")}), "pipeline.source");
  expect_only(testing::pipeline_of_models({normalizer("a", "b", 3), normalizer("b", "c", 4)}), "pipeline.type");
  spec::Model pipeline = testing::pipeline_of_models({normalizer("a", "b")});
  pipeline.mutable_description()->mutable_output(0)->set_name("z");
  expect_only(pipeline, "pipeline.source");
}

TEST(PipelineRules, PipelinesHaveModelsAndNamesForAllOrNone) {
  spec::Model pipeline = testing::pipeline_of_models({normalizer("a", "b"), normalizer("b", "c")});
  expect_only(with_change(pipeline, [](auto& m) { m.mutable_pipeline()->add_names("one"); }), "pipeline.names");
  expect_only(with_change(pipeline,
                          [](auto& m) {
                            m.mutable_pipeline()->add_names("one");
                            m.mutable_pipeline()->add_names("one");
                          }),
              "pipeline.names");
  expect_only(with_change(pipeline,
                          [](auto& m) {
                            m.mutable_pipeline()->clear_models();
                            m.mutable_description()->mutable_output(0)->set_name("a");
                          }),
              "pipeline.models");
}

TEST(PipelineRules, ContainedModelsAreCheckedWithTheirPlace) {
  spec::Model pipeline = testing::pipeline_of_models({normalizer("a", "b"), normalizer("b", "c")});
  pipeline.mutable_pipeline()->add_names("first");
  pipeline.mutable_pipeline()->add_names("second");
  pipeline.mutable_pipeline()->mutable_models(1)->set_specificationversion(0);
  const auto violations = validate(pipeline);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].place, "models[1] 'second'");
  EXPECT_EQ(violations[0].rule, "version.range");
}

TEST(PipelineRules, ThePipelineStatesTheHighestVersion) {
  spec::Model pipeline = testing::pipeline_of_models({normalizer("a", "b")});
  pipeline.mutable_pipeline()->mutable_models(0)->set_specificationversion(4);
  pipeline.set_specificationversion(3);
  expect_only(pipeline, "version.pipeline");
}

TEST(FeatureModelRules, Scaler) {
  const auto scaler = [](const spec::FeatureType& in, const spec::FeatureType& out, int scales) {
    return feature_model(in, out, [&](auto& m) {
      m.mutable_scaler();
      for (int i = 0; i < scales; ++i) m.mutable_scaler()->add_scalevalue(2);
    });
  };
  for (const int scales : {0, 1, 3}) expect_valid(scaler(array_type({3}), array_type({3}), scales));
  expect_valid(scaler(int64_type(), double_type(), 1), "int64 may become double");
  expect_only(scaler(array_type({3}), array_type({3}), 2), "feature-model.parameters");
  expect_only(scaler(array_type({3}), array_type({4}), 1), "feature-model.interface");
  expect_only(scaler(string_type(), string_type(), 1), "feature-model.interface");
}

TEST(FeatureModelRules, Normalizer) {
  expect_only(
      with_change(normalizer("a", "b"),
                  [](auto& m) { m.mutable_normalizer()->set_normtype(static_cast<spec::Normalizer::NormType>(9)); }),
      "feature-model.parameters");
}

TEST(FeatureModelRules, Imputer) {
  const auto imputer = [](const std::function<void(spec::Imputer&)>& fill) {
    return feature_model(array_type({2}), array_type({2}), [&](auto& m) { fill(*m.mutable_imputer()); });
  };
  const auto two = [](spec::Imputer& i) {
    for (int n = 0; n < 2; ++n) i.mutable_imputeddoublearray()->add_vector(0);
  };
  expect_valid(imputer(two));
  expect_only(imputer([](auto&) {}), "feature-model.parameters", "nothing is imputed");
  expect_only(imputer([](auto& i) { i.set_imputedstringvalue("x"); }), "feature-model.parameters");
  expect_only(imputer([](auto& i) { i.mutable_imputeddoublearray()->add_vector(0); }), "feature-model.parameters");
  expect_only(imputer([&](auto& i) {
                two(i);
                i.set_replacestringvalue("x");
              }),
              "feature-model.parameters");
}

TEST(FeatureModelRules, OneHotEncoder) {
  const auto encoder = [](const spec::FeatureType& out, bool sparse, bool categories) {
    return feature_model(string_type(), out, [&](auto& m) {
      m.mutable_onehotencoder()->set_outputsparse(sparse);
      if (categories) m.mutable_onehotencoder()->mutable_stringcategories()->add_vector("a");
    });
  };
  expect_valid(encoder(array_type({1}), false, true));
  expect_valid(encoder(dictionary_type(), true, true));
  expect_only(encoder(dictionary_type(), false, true), "feature-model.interface");
  expect_only(encoder(array_type({1}), false, false), "feature-model.parameters");
}

TEST(FeatureModelRules, Vectorizers) {
  const auto vectorizer = [](std::uint64_t dimensions) {
    return feature_model(double_type(), array_type({1}), [&](auto& m) {
      auto& column = *m.mutable_featurevectorizer()->add_inputlist();
      column.set_inputcolumn("x");
      column.set_inputdimensions(dimensions);
    });
  };
  expect_valid(vectorizer(1));
  expect_only(vectorizer(0), "feature-model.parameters");
  expect_valid(feature_model(dictionary_type(), dictionary_type(),
                             [](auto& m) { m.mutable_dictvectorizer()->mutable_stringtoindex()->add_vector("a"); }));
  expect_only(feature_model(dictionary_type(), dictionary_type(), [](auto& m) { m.mutable_dictvectorizer(); }),
              "feature-model.parameters");
}

TEST(FeatureModelRules, ArrayExtractorAndCategoricalMapping) {
  const auto extractor = [](int indices) {
    return feature_model(array_type({3}), double_type(), [&](auto& m) {
      m.mutable_arrayfeatureextractor();
      for (int i = 0; i < indices; ++i) m.mutable_arrayfeatureextractor()->add_extractindex(0);
    });
  };
  expect_valid(extractor(1));
  expect_only(extractor(2), "feature-model.parameters");
  const auto mapping = [](const spec::FeatureType& out, bool text_on_unknown) {
    return feature_model(string_type(), out, [&](auto& m) {
      m.mutable_categoricalmapping()->mutable_stringtoint64map();
      if (text_on_unknown) m.mutable_categoricalmapping()->set_strvalue("?");
    });
  };
  expect_valid(mapping(int64_type(), false));
  expect_only(mapping(int64_type(), true), "feature-model.parameters");
  expect_only(mapping(string_type(), false), "feature-model.interface");
}

TEST(FeatureModelRules, GeneralizedLinearModels) {
  const auto regressor = [](int offsets) {
    return feature_model(double_type(), double_type(), [&](auto& m) {
      m.mutable_glmregressor()->add_weights()->add_value(1);
      for (int i = 0; i < offsets; ++i) m.mutable_glmregressor()->add_offset(0);
    });
  };
  expect_valid(regressor(1));
  expect_only(regressor(2), "feature-model.parameters");
  const auto classifier = [](int classes, int vectors, spec::GLMClassifier::ClassEncoding encoding) {
    return feature_model(array_type({1}), string_type(), [&](auto& m) {
      auto& glm = *m.mutable_glmclassifier();
      for (int i = 0; i < classes; ++i) glm.mutable_stringclasslabels()->add_vector(std::to_string(i));
      for (int i = 0; i < vectors; ++i) glm.add_weights()->add_value(1);
      for (int i = 0; i < vectors; ++i) glm.add_offset(0);
      glm.set_classencoding(encoding);
      m.mutable_description()->set_predictedfeaturename("y");
    });
  };
  expect_valid(classifier(3, 2, spec::GLMClassifier::ReferenceClass));
  expect_valid(classifier(3, 3, spec::GLMClassifier::OneVsRest));
  expect_valid(classifier(2, 1, spec::GLMClassifier::OneVsRest));
  expect_only(classifier(3, 3, spec::GLMClassifier::ReferenceClass), "feature-model.parameters");
  expect_only(with_change(classifier(3, 2, spec::GLMClassifier::ReferenceClass),
                          [](auto& m) { m.mutable_description()->set_predictedfeaturename("z"); }),
              "classifier.prediction");
}

spec::Model suppression(const std::function<void(spec::Model&)>& change) {
  spec::Model model;
  model.set_specificationversion(5);
  auto& description = *model.mutable_description();
  add_feature(*description.mutable_input(), "confidence", array_type({10, 2}));
  add_feature(*description.mutable_input(), "boxes", array_type({10, 4}));
  add_feature(*description.mutable_input(), "overlap", double_type());
  add_feature(*description.mutable_output(), "kept", array_type({5, 2}));
  add_feature(*description.mutable_output(), "where", array_type({5, 4}));
  auto& params = *model.mutable_nonmaximumsuppression();
  params.set_iouthreshold(0.5);
  params.set_confidenceinputfeaturename("confidence");
  params.set_coordinatesinputfeaturename("boxes");
  params.set_iouthresholdinputfeaturename("overlap");
  params.set_confidenceoutputfeaturename("kept");
  params.set_coordinatesoutputfeaturename("where");
  for (const char* label : {"cat", "dog"}) params.mutable_stringclasslabels()->add_vector(label);
  change(model);
  return model;
}

TEST(SuppressionRules, FourArraysOfOneTypeAndTwoThresholds) {
  expect_valid(suppression([](auto&) {}));
  expect_only(suppression([](auto& m) { m.mutable_nonmaximumsuppression()->set_iouthreshold(1.5); }),
              "suppression.threshold");
  expect_only(suppression([](auto& m) { m.mutable_nonmaximumsuppression()->set_confidencethreshold(-1); }),
              "suppression.threshold");
  expect_only(
      suppression([](auto& m) { add_feature(*m.mutable_description()->mutable_input(), "more", double_type()); }),
      "suppression.interface");
  expect_only(suppression([](auto& m) { *m.mutable_description()->mutable_input(2)->mutable_type() = int64_type(); }),
              "suppression.interface");
  expect_only(suppression([](auto& m) { m.mutable_nonmaximumsuppression()->set_coordinatesinputfeaturename("no"); }),
              "suppression.interface");
  expect_only(suppression([](auto& m) {
                m.mutable_description()->mutable_input(1)->mutable_type()->mutable_multiarraytype()->set_datatype(
                    Array::FLOAT32);
              }),
              "suppression.data-type");
  expect_only(suppression([](auto& m) {
                *m.mutable_description()->mutable_output(1)->mutable_type() = array_type({6, 4});
              }),
              "suppression.shape");
  expect_only(
      suppression([](auto& m) { m.mutable_nonmaximumsuppression()->mutable_stringclasslabels()->add_vector("bird"); }),
      "suppression.labels");
}

}  // namespace
}  // namespace goldilocks::model
