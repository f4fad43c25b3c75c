#pragma once

#include <memory>

#include "core/formats/format.hpp"
#include "core/formats/ml_program/package.hpp"

namespace goldilocks::ml_program {

// The ML Program in a package, or in a model alone; `message` is the package's model, or one of those in it. The
// program is read and checked when it is first asked for more than its description: what needs it throws ModelError
// with the first rule that is broken.
std::unique_ptr<formats::Model> program_model(std::shared_ptr<Package> package, std::shared_ptr<spec::Model> message);

// The weights of a program that is one of the models of a pipeline, wherever that lies. What they are put together to
// is a model that holds all of its values itself. Throws ModelError with the first rule that the program breaks.
std::unique_ptr<formats::ModelWeights> take_inner_weights(std::shared_ptr<Package> package,
                                                          std::shared_ptr<spec::Model> message, const std::string& name,
                                                          const formats::VersionLimit& limit);

}  // namespace goldilocks::ml_program
