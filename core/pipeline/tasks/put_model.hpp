#pragma once

#include <string>
#include <string_view>

#include "core/formats/format.hpp"
#include "core/store/store.hpp"

namespace goldilocks::pipeline {

// Adds a model to the store: as a file, or as a folder. Throws what the model's writing throws, and FileError.
store::Artifact put_model(store::Store& store, const std::string& key, const formats::Model& model,
                          std::string_view notes);

}  // namespace goldilocks::pipeline
