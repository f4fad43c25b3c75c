#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/dataset.hpp"

namespace goldilocks::pipeline {

// What an artifact's notes say of the samples that could not be read: JSON, "" if there are none. The notes of prepared
// images and of the predictions made from them are the same.
std::string unusable_notes(const std::vector<data::UnusableSample>& unusable);

// The inverse. Throws DataError for what is no such notes.
std::vector<data::UnusableSample> unusable_samples(std::string_view notes);

// The samples of which the artifact with these notes has something to say.
std::shared_ptr<const data::Dataset> usable_part(const std::shared_ptr<const data::Dataset>& dataset,
                                                 std::string_view notes);

}  // namespace goldilocks::pipeline
