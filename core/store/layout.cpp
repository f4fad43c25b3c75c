#include "core/store/layout.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/file.hpp"

namespace goldilocks::store {

namespace fs = std::filesystem;

bool is_hash(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char letter) {
           return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
         });
}

fs::path records_folder(const fs::path& root) { return root / "records"; }
fs::path contents_folder(const fs::path& root) { return root / "contents"; }
fs::path runs_folder(const fs::path& root) { return root / "runs"; }
fs::path partial_folder(const fs::path& root) { return root / "partial"; }
fs::path lock_file(const fs::path& root) { return root / "lock"; }
fs::path use_file(const fs::path& root) { return root / "users"; }

fs::path record_file(const fs::path& root, const std::string& key) {
  return records_folder(root) / key.substr(0, 2) / (key + ".json");
}

fs::path content_path(const fs::path& root, const std::string& sha256) {
  return contents_folder(root) / sha256.substr(0, 2) / sha256;
}

RecordState load_record(const fs::path& root, const std::string& key, Record& record) {
  const fs::path file = record_file(root, key);
  std::string text;
  try {
    text = read_file(file);
  } catch (const FileError&) {
    std::error_code error;
    return fs::exists(fs::symlink_status(file, error)) ? RecordState::altered : RecordState::missing;
  }
  auto loaded = read_record(key, text);
  if (!loaded || !is_hash(loaded->sha256)) return RecordState::altered;
  record = *std::move(loaded);
  return RecordState::whole;
}

}  // namespace goldilocks::store
