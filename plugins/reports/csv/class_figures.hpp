#pragma once

#include <map>
#include <string>
#include <vector>

#include <goldilocks/node.hpp>

namespace csv {

// One variant's accuracy by the name of the class; empty if it was not evaluated.
using ClassFigures = std::map<std::string, double, std::less<>>;

// For each variant of the results, in their order. Throws BadData if an evaluation names an unknown dataset, or has
// another number of figures than that dataset has classes.
std::vector<ClassFigures> class_figures(const goldilocks::Node& results);

// All classes that occur in the figures, sorted by name.
std::vector<std::string> class_names(const std::vector<ClassFigures>& figures);

}  // namespace csv
