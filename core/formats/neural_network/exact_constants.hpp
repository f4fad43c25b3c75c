#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "coreml/model.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

// The layers whose constants must keep their exact values because of what reads them: as indices, a shape, bounds,
// repetitions, a number of rounds, a condition, or as an output of whole numbers. A constant reaches such a reader
// directly or through layers that pass values on (reshapes, concatenations, slices, arithmetic, copies), through the
// networks of branches and loops, and from one model of a pipeline into a later one. A comparison is such a reader of
// constants that are whole numbers throughout; of others it isn't, as thresholds that were learned are weights.
//
// By the layer's number, which counts all layers of all models as for_each_model() and for_each_layer() meet them; with
// the reason: "layer 'take' reads it as indices". The constants are those of load-constant, scale, bias and embedding
// layers. Throws ModelError beyond the depth that models or networks may nest.
std::map<std::size_t, std::string> exact_constants(const spec::Model& model);

}  // namespace goldilocks::model
