#pragma once

#include "core/formats/model_summary.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

ModelSummary summarize(const spec::Model& model);

}  // namespace goldilocks::model
