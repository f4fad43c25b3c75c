#pragma once

#include <memory>

#include "core/formats/network.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::lowering {

namespace spec = ::CoreML::Specification;

// Scaler, normalizer, imputer, one-hot encoder, feature vectorizer, dictionary vectorizer, array feature extractor,
// categorical mapping, GLM classifier and regressor, non-maximum suppression, identity.
bool is_feature_model(const spec::Model& model);

// Throws ModelError for another type of model, for features that its type doesn't take, and for parameters that don't
// fit together.
std::shared_ptr<const FeatureModel> lower_features(const spec::Model& model);

}  // namespace goldilocks::lowering
