// Models of numbers: scaler, normalizer, imputer, identity, generalized linear models.
#include <limits>

#include "core/formats/feature_models/lowering/feature_lowering.hpp"

namespace goldilocks::lowering {
namespace {

// Absent in the file: absent in the graph.
std::uint32_t optional_list(FeatureLowering& lowering, const std::string& name,
                            const google::protobuf::RepeatedField<double>& values) {
  if (values.empty()) return GLK_NO_VALUE;
  return lowering.graph().add_constant(name, list_from<double>(values));
}

struct Replacement {
  FeatureGraph::List mark, substitutes;
};

// What counts as missing where the file doesn't say: not a number, an empty text. No whole number suggests itself.
Replacement replacement(const spec::Imputer& imputer) {
  const auto mark_number = [&] {
    const bool stated = imputer.ReplaceValue_case() == spec::Imputer::kReplaceDoubleValue;
    return std::vector{stated ? imputer.replacedoublevalue() : std::numeric_limits<double>::quiet_NaN()};
  };
  const auto mark_integer = [&] {
    if (imputer.ReplaceValue_case() != spec::Imputer::kReplaceInt64Value) {
      FeatureLowering::fail("it isn't stated which whole number counts as missing");
    }
    return imputer.replaceint64value();
  };
  switch (imputer.ImputedValue_case()) {
    case spec::Imputer::kImputedDoubleValue:
      return {mark_number(), std::vector{imputer.imputeddoublevalue()}};
    case spec::Imputer::kImputedDoubleArray:
      return {mark_number(), list_from<double>(imputer.imputeddoublearray().vector())};
    case spec::Imputer::kImputedInt64Value:
      return {std::vector{mark_integer()}, std::vector{std::int64_t{imputer.imputedint64value()}}};
    case spec::Imputer::kImputedInt64Array:
      // Arrays are float64 in the graph, whatever their type.
      return {std::vector{static_cast<double>(mark_integer())},
              list_from<double>(imputer.imputedint64array().vector())};
    case spec::Imputer::kImputedStringValue:
      return {std::vector{imputer.replacestringvalue()}, std::vector{imputer.imputedstringvalue()}};
    case spec::Imputer::IMPUTEDVALUE_NOT_SET:
      FeatureLowering::fail("no value is stated to put in place of missing ones");
    default:
      FeatureLowering::fail("missing entries of dictionaries are not supported");
  }
}

template <class Glm>
std::uint32_t linear_scores(FeatureLowering& lowering, const Glm& glm) {
  std::vector<double> weights;
  for (const auto& row : glm.weights()) {
    if (row.value_size() != glm.weights(0).value_size()) FeatureLowering::fail("its weights are not equally many");
    weights.insert(weights.end(), row.value().begin(), row.value().end());
  }
  if (weights.empty() || glm.weights_size() != glm.offset_size()) {
    FeatureLowering::fail("has " + std::to_string(glm.weights_size()) + " lists of weights and " +
                          std::to_string(glm.offset_size()) + " offsets");
  }
  FeatureGraph& graph = lowering.graph();
  const std::uint32_t rows =
      graph.add_constant("weights", std::move(weights), {glm.weights_size(), glm.weights(0).value_size()});
  const std::uint32_t offsets = graph.add_constant("offset", list_from<double>(glm.offset()));
  return graph.add_operation("linear_scores", {lowering.numbers(), rows, offsets}, {}, {"scores"});
}

}  // namespace

void lower_scaler(FeatureLowering& lowering) {
  const spec::Scaler& scaler = lowering.model().scaler();
  const FeaturePort& input = lowering.only_input();
  const std::uint32_t shift = optional_list(lowering, "shift", scaler.shiftvalue());
  const std::uint32_t scale = optional_list(lowering, "scale", scaler.scalevalue());
  const std::string& name = lowering.only_output().name();
  lowering.give(name, lowering.graph().add_operation("shift_scale", {input.value, shift, scale}, {},
                                                     {name, GLK_FLOAT64, lowering.rank(input)}));
}

void lower_normalizer(FeatureLowering& lowering) {
  const FeaturePort& input = lowering.only_input();
  const std::string& name = lowering.only_output().name();
  std::string norm;
  switch (lowering.model().normalizer().normtype()) {
    case spec::Normalizer::LMax:
      norm = "max";
      break;
    case spec::Normalizer::L1:
      norm = "l1";
      break;
    case spec::Normalizer::L2:
      norm = "l2";
      break;
    default:
      FeatureLowering::fail("its norm is not known");
  }
  lowering.give(name, lowering.graph().add_operation("scale_to_norm", {input.value}, {{"norm", norm}},
                                                     {name, GLK_FLOAT64, lowering.rank(input)}));
}

void lower_imputer(FeatureLowering& lowering) {
  const FeaturePort& input = lowering.only_input();
  if (input.keys) FeatureLowering::fail("missing entries of dictionaries are not supported");
  const spec::FeatureDescription& output = lowering.only_output();
  const Replacement values = replacement(lowering.model().imputer());
  FeatureGraph& graph = lowering.graph();
  const std::uint32_t mark = graph.add_constant("missing", values.mark);
  const std::uint32_t substitutes = graph.add_constant("substitutes", values.substitutes);
  const std::int32_t type = graph_type(output);
  lowering.give(output.name(), graph.add_operation("replace", {input.value, mark, substitutes}, {},
                                                   {output.name(), type, lowering.rank(input)}));
}

// Each output is the input of its name; a single one may have another name.
void lower_identity(FeatureLowering& lowering) {
  const auto& outputs = lowering.model().description().output();
  for (const spec::FeatureDescription& output : outputs) {
    const FeaturePort& input =
        outputs.size() == 1 && lowering.inputs().size() == 1 ? lowering.only_input() : lowering.input(output.name());
    const auto pass_on = [&](std::uint32_t value, std::int32_t type, const std::string& name, std::size_t rank) {
      return lowering.graph().add_operation("pass_on", {value}, {}, {name, type, rank});
    };
    std::optional<std::uint32_t> keys;
    if (input.keys) {
      const bool integers = output.type().dictionarytype().has_int64keytype();
      keys = pass_on(*input.keys, integers ? GLK_INT64 : GLK_STRING, output.name() + " keys of the output", 1);
    }
    const std::string name = output.name() + " as output";
    lowering.give(output.name(), pass_on(input.value, graph_type(output), name, lowering.rank(input)), keys);
  }
}

void lower_glm_regressor(FeatureLowering& lowering) {
  const spec::GLMRegressor& glm = lowering.model().glmregressor();
  std::uint32_t scores = linear_scores(lowering, glm);
  if (glm.postevaluationtransform() != spec::GLMRegressor::NoTransform) {
    const std::string function = glm.postevaluationtransform() == spec::GLMRegressor::Logit ? "logit" : "probit";
    scores = lowering.graph().add_operation("apply_link", {scores}, {{"function", function}}, {"transformed"});
  }
  lowering.give(lowering.only_output().name(), scores);
}

// With a reference class the scores are those of the other classes, against it. One against the rest: each class has a
// probability of its own, and they are brought to the sum of 1; of two classes the second alone has a score.
void lower_glm_classifier(FeatureLowering& lowering) {
  const spec::GLMClassifier& glm = lowering.model().glmclassifier();
  FeatureGraph& graph = lowering.graph();
  const bool integers = glm.has_int64classlabels();
  const int classes = integers ? glm.int64classlabels().vector_size() : glm.stringclasslabels().vector_size();
  if (classes < 2) FeatureLowering::fail("a classifier needs two labels, and has " + std::to_string(classes));
  const bool reference = glm.classencoding() == spec::GLMClassifier::ReferenceClass;
  if (glm.weights_size() != (reference || classes == 2 ? classes - 1 : classes)) {
    FeatureLowering::fail("has " + std::to_string(glm.weights_size()) + " lists of weights for " +
                          std::to_string(classes) + " labels");
  }
  const bool probit = glm.postevaluationtransform() == spec::GLMClassifier::Probit;
  if (probit && classes != 2) FeatureLowering::fail("the probit transform is for two labels");
  std::uint32_t scores = linear_scores(lowering, glm);
  std::string encoding = "reference";
  if (probit || !reference) {
    encoding = classes == 2 ? "second" : "shares";
    scores = graph.add_operation("apply_link", {scores}, {{"function", std::string(probit ? "probit" : "logit")}},
                                 {"transformed"});
  }
  const std::uint32_t probabilities =
      graph.add_operation("class_probabilities", {scores}, {{"encoding", encoding}}, {"probabilities"});
  const FeatureGraph::List names = integers
                                       ? FeatureGraph::List(list_from<std::int64_t>(glm.int64classlabels().vector()))
                                       : FeatureGraph::List(list_from<std::string>(glm.stringclasslabels().vector()));
  const std::uint32_t labels = graph.add_constant("labels", names);
  for (const spec::FeatureDescription& output : lowering.model().description().output()) {
    if (output.name() == lowering.model().description().predictedfeaturename()) {
      lowering.give(output.name(), graph.add_operation("best_class", {probabilities, labels}, {},
                                                       {"label", integers ? GLK_INT64 : GLK_STRING}));
    } else if (output.type().has_dictionarytype()) {
      lowering.give(output.name(), probabilities, labels);
    } else {
      lowering.give(output.name(), probabilities);
    }
  }
}

}  // namespace goldilocks::lowering
