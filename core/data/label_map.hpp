#pragma once

#include <filesystem>

#include "core/data/dataset.hpp"

namespace goldilocks::data {

// Gives classes the names that a file says: CSV with the columns `class` and `label`, or JSON, {"class": "label", ...}.
// The class of a folder goes by the folder's name, or by that with spaces for "_". Labels are taken to the letter.
// Classes that the file doesn't name stay as they are; those that get the same name become one. The classes are then
// sorted by their names, and the samples of files by class, then by id. Throws FileError, and DataError for a class
// that the file names twice, an empty label, and a file that names no class of the dataset.
void map_labels(Dataset& dataset, const std::filesystem::path& file);

}  // namespace goldilocks::data
