#pragma once

#include <string>
#include <vector>

#include "core/formats/feature_models/features.hpp"
#include "core/formats/feature_models/lowering/feature_graph.hpp"

namespace goldilocks::lowering {

// One small model on its way into its graph: what the functions beside this file work with.
class FeatureLowering {
 public:
  FeatureLowering(const spec::Model& model, FeatureGraph& graph, std::vector<FeaturePort>& inputs,
                  std::vector<FeaturePort>& outputs);

  const spec::Model& model() const { return model_; }
  FeatureGraph& graph() { return graph_; }
  [[noreturn]] static void fail(const std::string& problem);

  const std::vector<FeaturePort>& inputs() const { return inputs_; }
  // Fails unless there is such an input.
  const FeaturePort& input(const std::string& name) const;
  // Fails unless the model has one input (output).
  const FeaturePort& only_input() const;
  const spec::FeatureDescription& only_output() const;
  std::size_t rank(const FeaturePort& port) const;  // of its value

  // All inputs as one list of numbers.
  std::uint32_t numbers();

  // Makes values the outputs of this name.
  void give(const std::string& name, std::uint32_t value, std::optional<std::uint32_t> keys = std::nullopt);

 private:
  void add_input(const spec::FeatureDescription& feature);
  std::size_t rank_of(const spec::FeatureDescription& feature) const;

  const spec::Model& model_;
  FeatureGraph& graph_;
  std::vector<FeaturePort>& inputs_;
  std::vector<FeaturePort>& outputs_;
};

// The type of a feature's values in a graph. Fails for images.
std::int32_t graph_type(const spec::FeatureDescription& feature);

// A repeated field as a list.
template <class Element, class Field>
std::vector<Element> list_from(const Field& field) {
  return std::vector<Element>(field.begin(), field.end());
}

void lower_scaler(FeatureLowering& lowering);
void lower_normalizer(FeatureLowering& lowering);
void lower_imputer(FeatureLowering& lowering);
void lower_identity(FeatureLowering& lowering);
void lower_one_hot_encoder(FeatureLowering& lowering);
void lower_feature_vectorizer(FeatureLowering& lowering);
void lower_dict_vectorizer(FeatureLowering& lowering);
void lower_array_feature_extractor(FeatureLowering& lowering);
void lower_categorical_mapping(FeatureLowering& lowering);
void lower_glm_regressor(FeatureLowering& lowering);
void lower_glm_classifier(FeatureLowering& lowering);
void lower_suppression(FeatureLowering& lowering);

}  // namespace goldilocks::lowering
