#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/format.hpp"

// Models as files and folders: what they are called, and what belongs to them.
namespace goldilocks::formats {

// For help and messages.
inline constexpr const char* a_model = "A model (.mlmodel, .mlpackage, .mlpackage.zip)";
inline constexpr const char* several_models = "Several models (.mlmodel, .mlpackage, .mlpackage.zip)";

// What the names of models may end with.
std::span<const std::string_view> file_endings();
// The ending for what stands at a path, whatever it is called there: that of packages for a folder.
std::string_view ending_of(const std::filesystem::path& path);
// Whether a package stands at a path, as a folder or zipped.
bool holds_package(const std::filesystem::path& path);
// A file's name without its ending, and without the folders before it: "food" of "models/food.mlpackage.zip".
std::string stem_of(const std::filesystem::path& path);

// Throws UsageError for a name that ends as models of another kind than this one do: a package is a folder, others are
// one file.
void check_ending(const std::filesystem::path& target, const Model& model);

// Whether a folder is a package: it has a manifest.
bool is_package(const std::filesystem::path& folder);

// The files of a model relative to its path, sorted; of a single file "". Throws FileError.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& path);
// The size of all of them. Throws FileError.
std::uint64_t size_of_files(const std::filesystem::path& path);

}  // namespace goldilocks::formats
