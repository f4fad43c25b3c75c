#pragma once

#include <filesystem>

#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// Reads a results.json, also one that an earlier program of the same schema version wrote. Throws FileError, and
// DataError that begins with the path (and line and column, where the text itself is broken) if it is cut short, no
// results document, without variants, or of another schema version.
goldilocks::Results read_results(const std::filesystem::path& file);

// The same of a run's folder, or of the results.json in one. Throws UsageError too, for a folder that is no run's, and
// FileError for one that a run is writing.
goldilocks::Results read_run(const std::filesystem::path& run);

}  // namespace goldilocks::pipeline
