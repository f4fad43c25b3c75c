#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <goldilocks/abi.h>

#include "coreml/model.pb.h"

namespace goldilocks::lowering {

namespace spec = ::CoreML::Specification;

// Where a feature of the model's description goes into a graph or comes out of it. Numbers, text and whole numbers are
// lists of one element, arrays and numbers float64, whole numbers int64. A dictionary is two values.
struct FeaturePort {
  std::string name;
  std::uint32_t value = 0;
  std::optional<std::uint32_t> keys;
};

// One of the small models around a network, lowered into operations on float64, int64 and text. Immutable; any thread.
class FeatureModel {
 public:
  virtual ~FeatureModel() = default;
  virtual const glk_graph& graph() const = 0;

  std::vector<FeaturePort> inputs;  // the graph's inputs are their values in this order, a dictionary's keys first
  std::vector<FeaturePort> outputs;
};

// Scaler, normalizer, imputer, one-hot encoder, feature vectorizer, dictionary vectorizer, array feature extractor,
// categorical mapping, GLM classifier and regressor, non-maximum suppression, identity.
bool is_feature_model(const spec::Model& model);

// Throws ModelError for another type of model, for features that its type doesn't take, and for parameters that don't
// fit together.
std::shared_ptr<const FeatureModel> lower_features(const spec::Model& model);

}  // namespace goldilocks::lowering
