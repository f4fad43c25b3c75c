#pragma once

#include <string>
#include <vector>

#include "core/formats/format.hpp"
#include "core/formats/ml_program/program.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::ml_program {

// What a function of a program takes and gives, with its states; "" is the default one. Throws ModelError for features
// of unknown types.
formats::Description describe_function(const ::CoreML::Specification::Model& model, const std::string& function);

// The names of the functions, the default one first; empty where the description lists none.
std::vector<std::string> function_names(const ::CoreML::Specification::Model& model);

// The name of the function that is run where none is chosen.
std::string default_function(const ::CoreML::Specification::Model& model);

// Labels as text, of a list of texts or whole numbers.
std::vector<std::string> texts_of(const Value& labels);

// The classes of the function's classifier; empty where it has none.
std::vector<std::string> labels_of(const Program& program, const std::string& function);

}  // namespace goldilocks::ml_program
