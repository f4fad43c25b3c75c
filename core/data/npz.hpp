#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace goldilocks::data {

// The arrays of numpy's .npz, each as the content of its .npy file, by their names. A .npz is a zip archive whose
// members are stored or deflated; those that are no .npy files are left out. Throws FileError, and DataError that
// begins with the file's name: not a zip archive, cut short, damaged, encrypted, members that together are larger than
// it, no array in it, or a member of 4 GiB or more.
std::map<std::string, std::string> read_npz(const std::filesystem::path& file);

// The same from memory; `name` stands for the file in messages.
std::map<std::string, std::string> parse_npz(std::span<const std::byte> bytes, std::string_view name);

}  // namespace goldilocks::data
