#pragma once

#include <filesystem>

#include "core/base/thread_pool.hpp"
#include "core/data/dataset.hpp"

namespace goldilocks::data {

// Writes all that preparing the samples of a dataset needs into an empty folder of a few files, so that it can be done
// where the dataset is not: the samples, their images as they are, and the arrays for inputs as float32. Targets are
// left out, and so is an image that can't be read, which then can't be read there either. Throws DataError and
// FileError.
void pack_dataset(const Dataset& dataset, const std::filesystem::path& folder, ThreadPool& pool);

// Such a folder as a dataset. What is prepared from it is the same. Throws DataError and FileError.
Dataset open_packed_dataset(const std::filesystem::path& folder);

}  // namespace goldilocks::data
