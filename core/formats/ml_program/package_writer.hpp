#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "core/formats/ml_program/package.hpp"
#include "core/formats/ml_program/program.hpp"

namespace goldilocks::ml_program {

// Writes a package with this model and everything else that the other package holds, its weight files byte for byte.
// The same model and files give the same bytes on every machine: maps are ordered, and the identifiers of the model and
// of the weights, random in Apple's tools, are derived from the model's content. A package that stands at the path is
// replaced; anything else there is a FileError. Whole or not at all: it is written beside its place and renamed.
//
// `package` must come from a folder or an archive, not from a model alone.
void write_package(const std::filesystem::path& target, const spec::Model& model, const Package& package);

// The same with another program, whose values may refer to blobs that are to be written: its weight files are written
// anew, with what it refers to and nothing else. The model's own program counts for nothing; its version is raised to
// what the other one needs. `verify` gets the folder of the package before it has its name, and may throw.
void write_package(const std::filesystem::path& target, spec::Model model, Program program, const Package& package,
                   const std::function<void(const std::filesystem::path& staged)>& verify = {});

// The bytes of all files that the second write_package() would write.
std::uint64_t written_size(spec::Model model, Program program, const Package& package);

}  // namespace goldilocks::ml_program
