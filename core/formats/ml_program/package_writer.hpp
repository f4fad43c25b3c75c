#pragma once

#include <filesystem>

#include "core/formats/ml_program/package.hpp"

namespace goldilocks::ml_program {

// Writes a package with this model and everything else that the other package holds, its weight files byte for byte.
// The same model and files give the same bytes on every machine: maps are ordered, and the identifiers of the model and
// of the weights, random in Apple's tools, are derived from the model's content. A package that stands at the path is
// replaced; anything else there is a FileError. Whole or not at all: it is written beside its place and renamed.
//
// `package` must come from a folder or an archive, not from a model alone.
void write_package(const std::filesystem::path& target, const spec::Model& model, const Package& package);

}  // namespace goldilocks::ml_program
