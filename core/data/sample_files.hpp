#pragma once

#include <filesystem>
#include <vector>

namespace goldilocks::data {

// What counts as a sample in a folder. One rule for every command:
//
//   a name with the ending of an image or an array   counts; if it can't be read, that is an error, or it is unusable
//   a name without any ending                        counts if its content begins as an image's or a .npy file's
//   every other name                                 is passed over: README.md, labels.csv
//   hidden files and folders, and litter             are passed over, with all that is in them
//
// Links are followed; what a link or a pipe leads to shows when it is read.
bool has_image_ending(const std::filesystem::path& file);
bool has_array_ending(const std::filesystem::path& file);

// Of a file that counts: an array, or otherwise an image.
bool is_array_sample(const std::filesystem::path& file);

// Those of the files that count. Warns of the others among which there are images by their content.
std::vector<std::filesystem::path> samples_among(const std::vector<std::filesystem::path>& files);

// At any depth, by their paths below the folder, in order. Throws FileError for a folder that can't be read.
std::vector<std::filesystem::path> samples_below(const std::filesystem::path& folder);

}  // namespace goldilocks::data
