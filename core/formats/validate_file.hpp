#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/formats/system.hpp"
#include "core/formats/violation.hpp"

namespace goldilocks::formats {

// Every rule of the format that an ML Program breaks, or a pipeline with one in it: a package, a zipped one, or a
// .mlmodel file. Nothing for other types of models. Throws FileError or ModelError where the file can't be read at all.
std::optional<std::vector<model::Violation>> validate_program(const std::filesystem::path& path);

// What of the model the system can't load, because it came with a later one; an empty list where it loads all of it.
// The model should be valid; of one that isn't, less may be found. Throws as validate_program() does.
std::vector<model::Violation> too_new_for(const std::filesystem::path& path, const System& system);

}  // namespace goldilocks::formats
