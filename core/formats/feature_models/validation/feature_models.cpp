// The small models that prepare features beside a network in a pipeline: what they take and give, and whether their
// parameters fit.
#include <algorithm>
#include <initializer_list>

#include "core/formats/coreml/feature_text.hpp"
#include "core/formats/coreml/validation.hpp"

namespace goldilocks::model::validation {
namespace {

using Type = spec::FeatureType::TypeCase;

bool is_one_of(const spec::FeatureType& type, std::initializer_list<Type> kinds) {
  return std::ranges::find(kinds, type.Type_case()) != kinds.end();
}

// The number of values of a 1-D array; 1 for scalars; -1 for arrays of other ranks.
std::int64_t length_of(const spec::FeatureType& type) {
  if (!type.has_multiarraytype()) return 1;
  return type.multiarraytype().shape_size() == 1 ? type.multiarraytype().shape(0) : -1;
}

// The model with its interface, which most of these models limit to one input and one output.
struct FeatureModel {
  const spec::Model& model;
  const Findings& findings;

  const Features& inputs() const { return model.description().input(); }
  const Features& outputs() const { return model.description().output(); }
  const spec::FeatureType& in() const { return inputs()[0].type(); }
  const spec::FeatureType& out() const { return outputs()[0].type(); }

  void parameters(bool fit, const char* problem) const {
    findings.require(fit, "feature-model.parameters", "{}: {}", model_type(model), problem);
  }

  bool interface(std::initializer_list<Type> input, std::initializer_list<Type> output) const {
    return findings.require(
        inputs().size() == 1 && outputs().size() == 1 && is_one_of(in(), input) && is_one_of(out(), output),
        "feature-model.interface", "{} doesn't take and give features of these types", model_type(model));
  }

  // Several inputs, one output.
  bool many_to_one(std::initializer_list<Type> input, std::initializer_list<Type> output) const {
    return findings.require(
        !inputs().empty() && outputs().size() == 1 && is_one_of(out(), output) &&
            std::ranges::all_of(inputs(), [&](const auto& feature) { return is_one_of(feature.type(), input); }),
        "feature-model.interface", "{} doesn't take and give features of these types", model_type(model));
  }

  bool same_kind(bool same) const {
    return findings.require(same, "feature-model.interface", "{} gives {} for {}", model_type(model),
                            feature_text(out()), feature_text(in()));
  }
};

void check_scaler(const FeatureModel& m) {
  if (!m.interface({Type::kInt64Type, Type::kDoubleType, Type::kMultiArrayType},
                   {Type::kInt64Type, Type::kDoubleType, Type::kMultiArrayType})) {
    return;
  }
  const bool widens = m.in().has_int64type() && m.out().has_doubletype();
  const std::int64_t length = length_of(m.in());
  if (!m.same_kind((widens || m.in().Type_case() == m.out().Type_case()) && length >= 0 &&
                   length == length_of(m.out()))) {
    return;
  }
  const auto fits = [length](int count) { return count <= 1 || count == length; };
  m.parameters(fits(m.model.scaler().shiftvalue_size()) && fits(m.model.scaler().scalevalue_size()),
               "shiftValue and scaleValue must have no entry, one, or one for each value");
}

// Which kind of value a replacement or imputation is for; TYPE_NOT_SET where it is not set.
Type imputed_kind(const spec::Imputer& imputer) {
  switch (imputer.ImputedValue_case()) {
    case spec::Imputer::kImputedDoubleValue:
      return Type::kDoubleType;
    case spec::Imputer::kImputedInt64Value:
      return Type::kInt64Type;
    case spec::Imputer::kImputedStringValue:
      return Type::kStringType;
    case spec::Imputer::kImputedDoubleArray:
    case spec::Imputer::kImputedInt64Array:
      return Type::kMultiArrayType;
    case spec::Imputer::kImputedStringDictionary:
    case spec::Imputer::kImputedInt64Dictionary:
      return Type::kDictionaryType;
    case spec::Imputer::IMPUTEDVALUE_NOT_SET:
      break;
  }
  return Type::TYPE_NOT_SET;
}

bool replacement_fits(const spec::Imputer& imputer, const spec::FeatureType& type) {
  const bool is_double_array =
      type.has_multiarraytype() && type.multiarraytype().datatype() != spec::ArrayFeatureType::INT32;
  switch (imputer.ReplaceValue_case()) {
    case spec::Imputer::kReplaceDoubleValue:
      return type.has_doubletype() || is_double_array;
    case spec::Imputer::kReplaceInt64Value:
      return type.has_int64type() || (type.has_multiarraytype() && !is_double_array);
    case spec::Imputer::kReplaceStringValue:
      return type.has_stringtype();
    case spec::Imputer::REPLACEVALUE_NOT_SET:
      break;
  }
  return true;
}

void check_imputer(const FeatureModel& m) {
  const auto kinds = {Type::kInt64Type, Type::kDoubleType, Type::kStringType, Type::kMultiArrayType,
                      Type::kDictionaryType};
  if (!m.interface(kinds, kinds) || !m.same_kind(m.in().Type_case() == m.out().Type_case() &&
                                                 length_of(m.in()) == length_of(m.out()) && length_of(m.in()) >= 0)) {
    return;
  }
  const spec::Imputer& imputer = m.model.imputer();
  m.parameters(imputed_kind(imputer) == m.in().Type_case(), "the imputed value must be of the input's kind");
  const int length = imputer.has_imputeddoublearray()  ? imputer.imputeddoublearray().vector_size()
                     : imputer.has_imputedint64array() ? imputer.imputedint64array().vector_size()
                                                       : -1;
  m.parameters(length < 0 || length == length_of(m.in()), "the imputed array must be as long as the input");
  m.parameters(replacement_fits(imputer, m.in()), "the value to replace must be of the input's kind");
}

void check_one_hot(const FeatureModel& m) {
  const spec::OneHotEncoder& encoder = m.model.onehotencoder();
  if (encoder.outputsparse()) {
    m.interface({Type::kInt64Type, Type::kStringType}, {Type::kDictionaryType});
  } else {
    m.interface({Type::kInt64Type, Type::kStringType}, {Type::kMultiArrayType});
  }
  m.parameters(encoder.CategoryType_case() != spec::OneHotEncoder::CATEGORYTYPE_NOT_SET, "no categories are set");
}

void check_feature_vectorizer(const FeatureModel& m) {
  m.many_to_one({Type::kInt64Type, Type::kDoubleType, Type::kMultiArrayType, Type::kDictionaryType},
                {Type::kMultiArrayType});
  const auto& columns = m.model.featurevectorizer().inputlist();
  m.parameters(std::ranges::all_of(columns, [](const auto& column) { return column.inputdimensions() >= 1; }),
               "every inputDimensions must be 1 or more");
}

void check_array_extractor(const FeatureModel& m) {
  if (!m.interface({Type::kMultiArrayType}, {Type::kDoubleType, Type::kInt64Type, Type::kMultiArrayType})) return;
  m.parameters(!m.out().has_doubletype() || m.model.arrayfeatureextractor().extractindex_size() == 1,
               "a double output needs exactly one index");
}

// The kind of a scalar, or of a sequence's elements.
Type element_kind(const spec::FeatureType& type) {
  if (!type.has_sequencetype()) return type.Type_case();
  if (type.sequencetype().has_int64type()) return Type::kInt64Type;
  return type.sequencetype().has_stringtype() ? Type::kStringType : Type::TYPE_NOT_SET;
}

void check_categorical_mapping(const FeatureModel& m) {
  const auto kinds = {Type::kInt64Type, Type::kStringType, Type::kSequenceType};
  const spec::CategoricalMapping& mapping = m.model.categoricalmapping();
  m.parameters(mapping.MappingType_case() != spec::CategoricalMapping::MAPPINGTYPE_NOT_SET, "no map is set");
  if (!m.interface(kinds, kinds) || !m.same_kind(m.in().has_sequencetype() == m.out().has_sequencetype() &&
                                                 element_kind(m.in()) != element_kind(m.out()))) {
    return;
  }
  const bool text = element_kind(m.out()) == Type::kStringType;
  m.parameters(mapping.ValueOnUnknown_case() == spec::CategoricalMapping::VALUEONUNKNOWN_NOT_SET ||
                   (mapping.ValueOnUnknown_case() == spec::CategoricalMapping::kStrValue) == text,
               "the value for what is unknown must be of the output's kind");
}

template <class Glm>
bool has_fitting_weights(const Glm& glm) {
  return glm.weights_size() == glm.offset_size() && std::ranges::all_of(glm.weights(), [&](const auto& vector) {
           return vector.value_size() == glm.weights(0).value_size();
         });
}

void check_glm_regressor(const FeatureModel& m) {
  m.many_to_one({Type::kInt64Type, Type::kDoubleType, Type::kMultiArrayType}, {Type::kDoubleType});
  m.parameters(has_fitting_weights(m.model.glmregressor()), "weights and offsets don't fit each other");
}

void check_glm_classifier(const FeatureModel& m) {
  const spec::GLMClassifier& glm = m.model.glmclassifier();
  const auto classes = static_cast<int>(class_labels(m.model).size());
  m.parameters(has_fitting_weights(glm) && glm.weights_size() > 0, "weights and offsets don't fit each other");
  const bool reference = glm.classencoding() == spec::GLMClassifier::ReferenceClass;
  const int needed = reference || classes == 2 ? classes - 1 : classes;
  m.parameters(classes > 0 && glm.weights_size() == needed, "the number of weight vectors doesn't fit the labels");
  m.parameters(glm.postevaluationtransform() != spec::GLMClassifier::Probit || classes == 2,
               "Probit is for two classes");
  const auto label =
      std::ranges::find(m.outputs(), m.model.description().predictedfeaturename(), &spec::FeatureDescription::name);
  m.findings.require(label != m.outputs().end() &&
                         (glm.has_stringclasslabels() ? label->type().has_stringtype() : label->type().has_int64type()),
                     "classifier.prediction", "predictedFeatureName is no output of the type of the labels");
}

}  // namespace

void check_feature_model(const spec::Model& model, const Findings& findings) {
  const FeatureModel m{.model = model, .findings = findings};
  switch (model.Type_case()) {
    case spec::Model::kScaler:
      check_scaler(m);
      break;
    case spec::Model::kNormalizer:
      m.interface({Type::kMultiArrayType}, {Type::kMultiArrayType});
      m.parameters(spec::Normalizer::NormType_IsValid(model.normalizer().normtype()), "the norm is not known");
      break;
    case spec::Model::kImputer:
      check_imputer(m);
      break;
    case spec::Model::kOneHotEncoder:
      check_one_hot(m);
      break;
    case spec::Model::kFeatureVectorizer:
      check_feature_vectorizer(m);
      break;
    case spec::Model::kDictVectorizer:
      m.interface({Type::kDictionaryType}, {Type::kDictionaryType, Type::kMultiArrayType});
      m.parameters(model.dictvectorizer().Map_case() != spec::DictVectorizer::MAP_NOT_SET, "no map is set");
      break;
    case spec::Model::kArrayFeatureExtractor:
      check_array_extractor(m);
      break;
    case spec::Model::kCategoricalMapping:
      check_categorical_mapping(m);
      break;
    case spec::Model::kGlmRegressor:
      check_glm_regressor(m);
      break;
    case spec::Model::kGlmClassifier:
      check_glm_classifier(m);
      break;
    case spec::Model::kNonMaximumSuppression:
      check_suppression_model(model, findings);
      break;
    default:
      break;
  }
}

}  // namespace goldilocks::model::validation
