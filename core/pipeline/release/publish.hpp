#pragma once

#include <filesystem>

#include "core/pipeline/yaml/spec.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// Publishes the chosen variant: its file under the stage's name, with what it is written into its metadata; a manifest
// with hashes, versions, figures and the pipeline; and SHA256SUMS. `model` is the variant's file as the run made it.
// The same bytes for the same input. Precondition: the document's selection has chosen one. Throws what write_release()
// throws, FileError, and ModelError.
void publish(const PipelineSpec& spec, const goldilocks::Results& results, const std::filesystem::path& model);

}  // namespace goldilocks::pipeline
