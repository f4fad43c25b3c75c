#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::data {

struct TextPair {
  std::string first, second;
  std::string place;  // "list.csv:3" or "list.json: entry 3"
};

// Pairs of texts from a file, in its order. CSV: a first line that names the columns, among them the two of `names`;
// others are ignored. JSON (by the file's ending): a list of objects with these two keys, others are ignored, or one
// object whose keys are the first and whose values the second texts. Whole numbers are read as text. Throws FileError,
// and DataError that names the file and the place of the fault.
std::vector<TextPair> read_pairs(const std::filesystem::path& file, const std::array<std::string_view, 2>& names);

}  // namespace goldilocks::data
