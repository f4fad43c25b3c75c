// The small models, each on values by hand, through both backends: float64, whole numbers, text and dictionaries go
// over the plugin interface.
#include <cmath>
#include <limits>

#include "tests/runtime/model_runner.hpp"

namespace goldilocks::testing {
namespace {

using runtime::IntegerDictionary;
using runtime::TextDictionary;
using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

spec::FeatureType& input(spec::Model& model, const std::string& name) {
  spec::FeatureDescription& feature = *model.mutable_description()->add_input();
  feature.set_name(name);
  return *feature.mutable_type();
}

spec::FeatureType& output(spec::Model& model, const std::string& name) {
  spec::FeatureDescription& feature = *model.mutable_description()->add_output();
  feature.set_name(name);
  return *feature.mutable_type();
}

void array(spec::FeatureType& type, const std::vector<std::int64_t>& shape) {
  type.mutable_multiarraytype()->set_datatype(spec::ArrayFeatureType::DOUBLE);
  type.mutable_multiarraytype()->mutable_shape()->Assign(shape.begin(), shape.end());
}

class FeatureStage : public ::testing::TestWithParam<std::string> {
 protected:
  // Of the model's only output.
  Value predict(const Values& inputs) {
    model_.set_specificationversion(1);
    const Values outputs = ModelFile(model_, GetParam()).predict(inputs);
    return outputs.at(model_.description().output(0).name());
  }
  std::string error(const Values& inputs) {
    return error_of([&] { predict(inputs); });
  }

  spec::Model model_;
};

INSTANTIATE_TEST_SUITE_P(Backends, FeatureStage, ::testing::Values("reference", "onednn"),
                         [](const auto& parameter) { return parameter.param; });

TEST_P(FeatureStage, ScalerShiftsThenScales) {
  array(input(model_, "x"), {3});
  array(output(model_, "y"), {3});
  spec::Scaler& scaler = *model_.mutable_scaler();
  for (const double shift : {1, 2, 3}) scaler.add_shiftvalue(shift);
  scaler.add_scalevalue(0.1);
  EXPECT_EQ(predict({{"x", doubles({3}, {1, 1, 1})}}), Value(doubles({3}, {0.1 * 2, 0.1 * 3, 0.1 * 4})));
  scaler.add_scalevalue(1);
  EXPECT_THAT(error({{"x", doubles({3}, {1, 1, 1})}}), HasSubstr("has 2 numbers for 3 values"));
}

TEST_P(FeatureStage, ScalerTakesAWholeNumber) {
  input(model_, "x").mutable_int64type();
  output(model_, "y").mutable_doubletype();
  model_.mutable_scaler()->add_scalevalue(0.5);
  EXPECT_EQ(predict({{"x", std::int64_t{3}}}), Value(1.5));
}

TEST_P(FeatureStage, NormalizerDividesByTheNorm) {
  array(input(model_, "x"), {2});
  array(output(model_, "y"), {2});
  const Values given = {{"x", doubles({2}, {3, -4})}};
  model_.mutable_normalizer()->set_normtype(spec::Normalizer::L2);
  EXPECT_EQ(predict(given), Value(doubles({2}, {3.0 / 5, -4.0 / 5})));
  model_.mutable_normalizer()->set_normtype(spec::Normalizer::L1);
  EXPECT_EQ(predict(given), Value(doubles({2}, {3.0 / 7, -4.0 / 7})));
  model_.mutable_normalizer()->set_normtype(spec::Normalizer::LMax);
  EXPECT_EQ(predict(given), Value(doubles({2}, {3.0 / 4, -1})));
  EXPECT_EQ(predict({{"x", doubles({2}, {0, 0})}}), Value(doubles({2}, {0, 0}))) << "nothing to divide by";
}

TEST_P(FeatureStage, ImputerReplacesWhatIsMissing) {
  array(input(model_, "x"), {3});
  array(output(model_, "y"), {3});
  spec::Imputer& imputer = *model_.mutable_imputer();
  for (const double value : {10, 20, 30}) imputer.mutable_imputeddoublearray()->add_vector(value);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(predict({{"x", doubles({3}, {nan, 5, nan})}}), Value(doubles({3}, {10, 5, 30})));
  imputer.set_replacedoublevalue(5);
  EXPECT_EQ(predict({{"x", doubles({3}, {1, 5, 5})}}), Value(doubles({3}, {1, 20, 30})));
}

TEST_P(FeatureStage, ImputerReplacesText) {
  input(model_, "x").mutable_stringtype();
  output(model_, "y").mutable_stringtype();
  model_.mutable_imputer()->set_imputedstringvalue("nothing");
  EXPECT_EQ(predict({{"x", std::string()}}), Value(std::string("nothing")));
  EXPECT_EQ(predict({{"x", std::string("é")}}), Value(std::string("é")));
}

TEST_P(FeatureStage, OneHotEncoderMarksTheCategory) {
  input(model_, "x").mutable_stringtype();
  array(output(model_, "y"), {3});
  spec::OneHotEncoder& encoder = *model_.mutable_onehotencoder();
  for (const char* category : {"red", "green", "blue"}) encoder.mutable_stringcategories()->add_vector(category);
  EXPECT_EQ(predict({{"x", std::string("green")}}), Value(doubles({3}, {0, 1, 0})));
  EXPECT_THAT(error({{"x", std::string("grey")}}), HasSubstr("doesn't know the category 'grey'"));
  encoder.set_handleunknown(spec::OneHotEncoder::IgnoreUnknown);
  EXPECT_EQ(predict({{"x", std::string("grey")}}), Value(doubles({3}, {0, 0, 0})));
}

TEST_P(FeatureStage, OneHotEncoderMayGiveADictionary) {
  input(model_, "x").mutable_int64type();
  output(model_, "y").mutable_dictionarytype()->mutable_int64keytype();
  spec::OneHotEncoder& encoder = *model_.mutable_onehotencoder();
  for (const std::int64_t category : {7, 8}) encoder.mutable_int64categories()->add_vector(category);
  encoder.set_outputsparse(true);
  encoder.set_handleunknown(spec::OneHotEncoder::IgnoreUnknown);
  EXPECT_EQ(predict({{"x", std::int64_t{8}}}), Value(IntegerDictionary{{1, 1}}));
  EXPECT_EQ(predict({{"x", std::int64_t{9}}}), Value(IntegerDictionary{}));
}

TEST_P(FeatureStage, FeatureVectorizerStringsColumnsTogether) {
  input(model_, "a").mutable_int64type();
  array(input(model_, "b"), {2});
  input(model_, "c").mutable_doubletype();
  array(output(model_, "y"), {4});
  for (const auto& [name, size] : {std::pair("c", 1), std::pair("b", 2), std::pair("a", 1)}) {
    auto& column = *model_.mutable_featurevectorizer()->add_inputlist();
    column.set_inputcolumn(name);
    column.set_inputdimensions(static_cast<std::uint64_t>(size));
  }
  EXPECT_EQ(predict({{"a", std::int64_t{1}}, {"b", doubles({2}, {2, 3})}, {"c", 4.5}}),
            Value(doubles({4}, {4.5, 2, 3, 1})));
}

TEST_P(FeatureStage, DictVectorizerPutsEntriesInTheirPlaces) {
  input(model_, "x").mutable_dictionarytype()->mutable_stringkeytype();
  array(output(model_, "y"), {3});
  for (const char* key : {"a", "b", "c"}) model_.mutable_dictvectorizer()->mutable_stringtoindex()->add_vector(key);
  EXPECT_EQ(predict({{"x", TextDictionary{{"c", 3}, {"a", 1}, {"z", 9}}}}), Value(doubles({3}, {1, 0, 3})));
  EXPECT_EQ(predict({{"x", TextDictionary{}}}), Value(doubles({3}, {0, 0, 0})));
}

TEST_P(FeatureStage, ArrayFeatureExtractorTakesElements) {
  array(input(model_, "x"), {4});
  array(output(model_, "y"), {2});
  for (const std::uint64_t index : {3U, 0U}) model_.mutable_arrayfeatureextractor()->add_extractindex(index);
  EXPECT_EQ(predict({{"x", doubles({4}, {1, 2, 3, 4})}}), Value(doubles({2}, {4, 1})));
  model_.mutable_arrayfeatureextractor()->add_extractindex(4);
  EXPECT_THAT(error({{"x", doubles({4}, {1, 2, 3, 4})}}), HasSubstr("takes the element 4 of 4"));
}

TEST_P(FeatureStage, CategoricalMappingMapsEitherWay) {
  input(model_, "x").mutable_sequencetype()->mutable_stringtype();
  output(model_, "y").mutable_sequencetype()->mutable_int64type();
  auto& map = *model_.mutable_categoricalmapping()->mutable_stringtoint64map()->mutable_map();
  map["a"] = -1;
  map["b"] = 2;
  EXPECT_EQ(predict({{"x", runtime::TextSequence{"b", "a", "b"}}}), Value(runtime::IntegerSequence{2, -1, 2}));
  EXPECT_THAT(error({{"x", runtime::TextSequence{"c"}}}), HasSubstr("doesn't know the category 'c'"));
  model_.mutable_categoricalmapping()->set_int64value(99);
  EXPECT_EQ(predict({{"x", runtime::TextSequence{"c"}}}), Value(runtime::IntegerSequence{99}));
}

TEST_P(FeatureStage, GlmRegressorIsLinear) {
  array(input(model_, "x"), {2});
  output(model_, "y").mutable_doubletype();
  spec::GLMRegressor& glm = *model_.mutable_glmregressor();
  glm.add_weights()->add_value(0.1);
  glm.mutable_weights(0)->add_value(0.2);
  glm.add_offset(0.3);
  const Values given = {{"x", doubles({2}, {3, -4})}};
  const double score = 0.3 + 0.1 * 3 + 0.2 * -4;
  EXPECT_THAT(std::get<double>(predict(given)), DoubleEq(score));
  glm.set_postevaluationtransform(spec::GLMRegressor::Logit);
  EXPECT_THAT(std::get<double>(predict(given)), DoubleEq(1 / (1 + std::exp(-score))));
  glm.set_postevaluationtransform(spec::GLMRegressor::Probit);
  EXPECT_THAT(std::get<double>(predict(given)), DoubleEq(0.5 * std::erfc(-score / std::sqrt(2.0))));
}

class GlmClassifier : public FeatureStage {
 protected:
  void SetUp() override {
    array(input(model_, "x"), {1});
    output(model_, "p").mutable_dictionarytype()->mutable_stringkeytype();
    output(model_, "label").mutable_stringtype();
    model_.mutable_description()->set_predictedfeaturename("label");
    model_.mutable_description()->set_predictedprobabilitiesname("p");
  }
  void set(spec::GLMClassifier::ClassEncoding encoding, const std::vector<double>& weights,
           const std::vector<std::string>& labels) {
    spec::GLMClassifier& glm = *model_.mutable_glmclassifier();
    glm.Clear();
    glm.set_classencoding(encoding);
    for (const double weight : weights) {
      glm.add_weights()->add_value(weight);
      glm.add_offset(0);
    }
    for (const std::string& label : labels) glm.mutable_stringclasslabels()->add_vector(label);
  }
  std::vector<double> probabilities(double x) {
    const Value dictionary = predict({{"x", doubles({1}, {x})}});
    std::vector<double> values;
    for (const auto& [label, value] : std::get<TextDictionary>(dictionary)) values.push_back(value);
    return values;
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, GlmClassifier, ::testing::Values("reference", "onednn"),
                         [](const auto& parameter) { return parameter.param; });

TEST_P(GlmClassifier, ComparesWithAReferenceClass) {
  set(spec::GLMClassifier::ReferenceClass, {1, 2}, {"a", "b", "c"});
  const double sum = 1 + std::exp(0.5) + std::exp(1.0);
  EXPECT_THAT(probabilities(0.5),
              ElementsAre(DoubleEq(1 / sum), DoubleEq(std::exp(0.5) / sum), DoubleEq(std::exp(1.0) / sum)));
  set(spec::GLMClassifier::ReferenceClass, {1}, {"a", "b"});
  EXPECT_THAT(probabilities(0.5)[1], DoubleEq(1 / (1 + std::exp(-0.5))));
  model_.mutable_glmclassifier()->set_postevaluationtransform(spec::GLMClassifier::Probit);
  EXPECT_THAT(probabilities(0.5)[1], DoubleEq(0.5 * std::erfc(-0.5 / std::sqrt(2.0))));
}

TEST_P(GlmClassifier, ComparesEachClassWithTheRest) {
  set(spec::GLMClassifier::OneVsRest, {1, 2, -1}, {"a", "b", "c"});
  const auto logit = [](double score) { return 1 / (1 + std::exp(-score)); };
  const double sum = logit(0.5) + logit(1) + logit(-0.5);
  EXPECT_THAT(probabilities(0.5),
              ElementsAre(DoubleEq(logit(0.5) / sum), DoubleEq(logit(1) / sum), DoubleEq(logit(-0.5) / sum)));
  const Values outputs = ModelFile(model_, GetParam()).predict({{"x", doubles({1}, {0.5})}});
  EXPECT_EQ(outputs.at("label"), Value(std::string("b")));
}

TEST_P(GlmClassifier, OfALabelThatStandsTwiceTheLargestProbabilityCounts) {
  set(spec::GLMClassifier::OneVsRest, {1, 2, -1}, {"a", "b", "b"});
  const auto logit = [](double score) { return 1 / (1 + std::exp(-score)); };
  const double sum = logit(0.5) + logit(1) + logit(-0.5);
  EXPECT_THAT(probabilities(0.5), ElementsAre(DoubleEq(logit(0.5) / sum), DoubleEq(logit(1) / sum)));
}

TEST_P(GlmClassifier, NeedsWeightsForItsLabels) {
  set(spec::GLMClassifier::OneVsRest, {1, 2}, {"a", "b", "c"});
  EXPECT_THAT(error({}), HasSubstr("glmClassifier: has 2 lists of weights for 3 labels"));
}

class Suppression : public FeatureStage {
 protected:
  void SetUp() override {
    array(input(model_, "c"), {});
    array(input(model_, "b"), {});
    array(output(model_, "kept"), {});
    array(output(model_, "boxes"), {});
    spec::NonMaximumSuppression& suppression = *model_.mutable_nonmaximumsuppression();
    suppression.set_confidenceinputfeaturename("c");
    suppression.set_coordinatesinputfeaturename("b");
    suppression.set_confidenceoutputfeaturename("kept");
    suppression.set_coordinatesoutputfeaturename("boxes");
    suppression.set_iouthreshold(0.5);
    suppression.set_confidencethreshold(0.2);
    suppression.mutable_picktop();
  }
  // Of three boxes the first two overlap by 0.6 of their union, the third is far; a fourth is below the threshold.
  const Values given_ = {{"c", doubles({4, 2}, {0.5, 0.1, 0.1, 0.9, 0.4, 0, 0.1, 0})},
                         {"b", doubles({4, 4}, {1, 1, 2, 2, 1.5, 1, 2, 2, 9, 9, 1, 1, 20, 20, 1, 1})}};
};

INSTANTIATE_TEST_SUITE_P(Backends, Suppression, ::testing::Values("reference", "onednn"),
                         [](const auto& parameter) { return parameter.param; });

TEST_P(Suppression, KeepsTheBestOfBoxesThatOverlap) {
  EXPECT_EQ(predict(given_), Value(doubles({2, 2}, {0.1, 0.9, 0.4, 0})));
  model_.mutable_nonmaximumsuppression()->mutable_picktop()->set_perclass(true);
  EXPECT_EQ(predict(given_), Value(doubles({3, 2}, {0.1, 0.9, 0.5, 0.1, 0.4, 0})));
}

TEST_P(Suppression, TakesThresholdsAsInputs) {
  input(model_, "iou").mutable_doubletype();
  input(model_, "least").mutable_doubletype();
  model_.mutable_nonmaximumsuppression()->set_iouthresholdinputfeaturename("iou");
  model_.mutable_nonmaximumsuppression()->set_confidencethresholdinputfeaturename("least");
  Values given = given_;
  given["iou"] = 1.0;
  given["least"] = 0.05;
  EXPECT_EQ(std::get<Array>(predict(given)).shape, (std::vector<std::int64_t>{4, 2}));
  given["least"] = 2.0;
  EXPECT_EQ(std::get<Array>(predict(given)).shape, (std::vector<std::int64_t>{0, 2}));
}

TEST_P(Suppression, FillsAFixedNumberOfBoxes) {
  auto& shape = *model_.mutable_description()->mutable_output(0)->mutable_type()->mutable_multiarraytype();
  shape.add_shape(4);
  shape.add_shape(2);
  EXPECT_EQ(predict(given_), Value(doubles({4, 2}, {0.1, 0.9, 0.4, 0, 0, 0, 0, 0})));
}

TEST_P(FeatureStage, IdentityPassesEverythingOn) {
  input(model_, "x").mutable_dictionarytype()->mutable_int64keytype();
  output(model_, "x").mutable_dictionarytype()->mutable_int64keytype();
  model_.mutable_identity();
  const IntegerDictionary dictionary = {{-5, 0.5}, {std::int64_t{1} << 60, 2}};
  EXPECT_EQ(predict({{"x", dictionary}}), Value(dictionary));
}

}  // namespace
}  // namespace goldilocks::testing
