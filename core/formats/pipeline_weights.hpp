#pragma once

#include <memory>
#include <set>
#include <string>

#include "core/formats/format.hpp"
#include "core/formats/ml_program/package.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::formats {

// Whether a pipeline has ML Programs in it, at any depth.
bool has_programs(const ::CoreML::Specification::Model& pipeline);

// The weights of all networks and of all ML Programs in a pipeline, those of the networks first. Taking them leaves
// the message empty. The programs of what is put together hold all of their values themselves. Throws ModelError as the
// weights of single networks and programs do.
std::unique_ptr<ModelWeights> take_pipeline_weights(::CoreML::Specification::Model& pipeline,
                                                    const std::shared_ptr<ml_program::Package>& package,
                                                    const std::string& name, const std::set<std::string>& mean_images,
                                                    const VersionLimit& limit);

}  // namespace goldilocks::formats
