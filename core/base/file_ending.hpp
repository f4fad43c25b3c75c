#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

namespace goldilocks {

// What a file is by its name: the last part of the name from its dot on, in small letters, so that IMAGES.NPY has the
// ending ".npy", too. "" for a name without one. Only A to Z have small letters here.
std::string file_ending(const std::filesystem::path& file);

// Whether the file has one of these endings, which are written in small letters: has_ending(file, {".csv", ".json"}).
bool has_ending(const std::filesystem::path& file, std::initializer_list<std::string_view> endings);

}  // namespace goldilocks
