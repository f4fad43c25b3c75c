#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/store/record.hpp"

// Where the parts of a store are; store.cpp draws it.
namespace goldilocks::store {

// 64 lower-case hexadecimal digits.
bool is_hash(std::string_view text);

std::filesystem::path records_folder(const std::filesystem::path& root);
std::filesystem::path contents_folder(const std::filesystem::path& root);
std::filesystem::path runs_folder(const std::filesystem::path& root);
std::filesystem::path record_file(const std::filesystem::path& root, const std::string& key);
std::filesystem::path content_path(const std::filesystem::path& root, const std::string& sha256);
std::filesystem::path partial_folder(const std::filesystem::path& root);
std::filesystem::path lock_file(const std::filesystem::path& root);
std::filesystem::path use_file(const std::filesystem::path& root);

enum class RecordState { whole, missing, altered };

// Reads the record of a key. Never throws FileError.
RecordState load_record(const std::filesystem::path& root, const std::string& key, Record& record);

}  // namespace goldilocks::store
