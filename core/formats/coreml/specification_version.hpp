#pragma once

#include <string_view>

#include "coreml/model.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

// The smallest specificationVersion that holds everything in the model (contained models too): its features, type,
// layers at any depth, and weights in every parameter, also in those that are switched off. Throws ModelError where
// pipelines or networks nest too deep.
int required_specification_version(const spec::Model& model);

// What the model's type alone needs, with the revision that it states.
int required_type_version(const spec::Model& model);

// The same of a single feature, a layer alone (not what is nested in it), and a weight parameter.
int required_version(const spec::FeatureDescription& feature);
int required_version(const spec::NeuralNetworkLayer& layer);
int required_version(const spec::WeightParams& params);

}  // namespace goldilocks::model
