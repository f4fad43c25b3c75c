// A release is written beside its place under a name that begins with a dot, and then exchanged with what is there by
// one call of the kernel, or renamed where nothing is. SHA256SUMS is what sha256sum
// writes: a hash, two spaces, a name; a name with a backslash has it doubled, and the line begins with one.
#include "core/pipeline/release/release_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/files_below.hpp"
#include "core/base/hash.hpp"
#include "core/base/litter.hpp"
#include "core/base/os/files.hpp"
#include "core/base/partial.hpp"
#include "core/base/paths.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t hash_digits = 64;

// A backslash stands for itself, and in an escaped line two do.
std::string doubled(std::string_view name) {
  std::string text;
  for (const char c : name) text.append(c == '\\' ? 2 : 1, c);
  return text;
}

std::string halved(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    name += text[i];
  }
  return name;
}

std::string sum_line(const std::string& hash, const std::string& name) {
  const bool escaped = name.find('\\') != std::string::npos;
  return fmt::format("{}{}  {}\n", escaped ? "\\" : "", hash, escaped ? doubled(name) : name);
}

std::string sums_of(const fs::path& folder) {
  std::string text;
  for (const fs::path& file : files_below(folder)) text += sum_line(sha256_of_file(folder / file), file.string());
  return text;
}

// The name and hash of a line; nothing if it is none of sha256sum's.
std::optional<std::pair<std::string, std::string>> read_sum(std::string_view line) {
  const bool escaped = line.starts_with('\\');
  if (escaped) line.remove_prefix(1);
  const bool whole = line.size() > hash_digits + 2 && line[hash_digits] == ' ' &&
                     (line[hash_digits + 1] == ' ' || line[hash_digits + 1] == '*') &&
                     line.find_first_not_of("0123456789abcdef") == hash_digits;
  if (!whole) return std::nullopt;
  const std::string name(line.substr(hash_digits + 2));
  return std::pair(escaped ? halved(name) : name, std::string(line.substr(0, hash_digits)));
}

// The manifest of a release; null if the text is none.
nlohmann::json manifest_in(const std::string& text) {
  const nlohmann::json manifest = nlohmann::json::parse(text, nullptr, false);
  const bool is_release = manifest.is_object() && manifest.contains("kind") && manifest["kind"] == release_kind;
  return is_release ? manifest : nlohmann::json();
}

// A text of an object; "" where there is none.
std::string text_in(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(fs::symlink_status(path, error));
}

// Exchanges them, where something is in the place: the folder aside then holds what was there.
void put_in_place(const fs::path& aside, const fs::path& place) {
  if (os::rename_to_new(aside, place)) return;
  if (errno == EEXIST && os::exchange(aside, place)) return;
  if (errno != EINVAL && errno != ENOSYS) throw FileError(place, "put the release in its place", errno);
  // A file system without these calls: the old folder goes first.
  fs::path old = aside;
  old += ".old";
  const bool had_old = os::rename(place, old);
  if (!os::rename(aside, place)) {
    const int failure = errno;
    if (had_old) (void)os::rename(old, place);
    throw FileError(place, "put the release in its place", failure);
  }
  std::error_code ignored;
  fs::remove_all(old, ignored);
}

fs::path clean(const fs::path& folder) {
  const fs::path path = absolute_path(folder);
  return path.has_filename() ? path : path.parent_path();
}

void check_listed(const fs::path& folder, const std::string& name, const std::string& hash, ReleaseCheck& check) {
  if (!is_file(folder / name)) {
    check.faults.push_back({name, "is missing"});
  } else if (sha256_of_file(folder / name) != hash) {
    check.faults.push_back({name, "was altered"});
  } else {
    check.files.push_back(name);
  }
}

// Whether it is a folder of a published package. One that holds no files is a package's own, too.
bool is_within_package(const fs::path& path, const std::string& name, const std::map<std::string, std::string>& sums) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(path, error))) return false;
  const std::string package = fs::path(name).begin()->string() + "/";
  const auto first = sums.lower_bound(package);
  return first != sums.end() && first->first.starts_with(package);
}

// Every file has to be what the manifest says, too: SHA256SUMS may have been written anew over an altered file.
void check_against_manifest(const fs::path& folder, const std::map<std::string, std::string>& sums,
                            ReleaseCheck& check) {
  if (!is_file(folder / release_manifest)) return;
  const nlohmann::json manifest = manifest_in(read_file(folder / release_manifest));
  const auto files = manifest.is_object() ? manifest.value("files", nlohmann::json()) : nlohmann::json();
  if (!files.is_array()) {
    check.faults.push_back({release_manifest, "is not a release's manifest"});
    return;
  }
  for (const nlohmann::json& file : files) {
    const std::string name = text_in(file, "name");
    const auto listed = sums.find(name);
    if (listed == sums.end()) {
      check.faults.push_back({name, "is in the manifest, but not in SHA256SUMS"});
    } else if (text_in(file, "sha256") != listed->second) {
      check.faults.push_back({name, "has another hash in the manifest than in SHA256SUMS"});
    }
  }
}

}  // namespace

ReleaseCheck verify_release(const fs::path& folder) {
  const bool has_sums = is_file(folder / release_sums);
  const bool has_manifest =
      is_file(folder / release_manifest) && !manifest_in(read_file(folder / release_manifest)).is_null();
  if (!has_sums && !has_manifest) throw DataError(folder.string(), "not a folder that 'publish' has written");
  ReleaseCheck check;
  if (!has_sums) {
    check.faults.push_back({release_sums, "is missing"});
    return check;
  }
  std::map<std::string, std::string> sums;
  std::istringstream lines(read_file(folder / release_sums));
  for (std::string line; std::getline(lines, line);) {
    if (const auto sum = read_sum(line)) {
      sums.insert(*sum);
    } else {
      check.faults.push_back({release_sums, "has a line that is no checksum: '" + line + "'"});
    }
  }
  if (!sums.contains(release_manifest)) check.faults.push_back({release_manifest, "is not in SHA256SUMS"});
  for (const auto& [name, hash] : sums) check_listed(folder, name, hash, check);
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(folder).string();
    if (name == release_sums || sums.contains(name) || is_within_package(entry->path(), name, sums)) continue;
    if (is_litter(entry->path())) {
      entry.disable_recursion_pending();
    } else {
      check.faults.push_back({name, "is not part of the release"});
    }
  }
  if (error) throw FileError(folder, "read", error.value());
  check_against_manifest(folder, sums, check);
  std::stable_sort(check.faults.begin(), check.faults.end(),
                   [](const ReleaseFault& a, const ReleaseFault& b) { return a.file < b.file; });
  return check;
}

void require_replaceable(const fs::path& folder, const InputFiles& kept) {
  const fs::path place = clean(folder);
  std::error_code error;
  if (!fs::exists(fs::symlink_status(place, error))) return;
  const std::string refusal = folder.string() + ": is in the way of the release; move it or choose another folder: ";
  if (!fs::is_directory(fs::symlink_status(place, error))) throw UsageError(refusal + "it is not a folder");
  if (is_folder_of_litter(place)) return;
  try {
    const ReleaseCheck check = verify_release(place);
    if (!check.faults.empty()) {
      throw UsageError(refusal + check.faults.front().file + " " + check.faults.front().problem);
    }
    for (const std::string& file : check.files) kept.require_other(folder / file);
  } catch (const DataError&) {
    throw UsageError(refusal + "it was not published by goldilocks");
  }
}

void write_release(const fs::path& folder, const std::function<void(const fs::path&)>& fill) {
  const fs::path place = clean(folder);
  require_replaceable(place);
  const std::string aside_name = fmt::format(".{}", place.filename().string());
  remove_abandoned(place.parent_path(), aside_name);
  const PartialFolder aside(place.parent_path() / aside_name);
  fill(aside.path());
  const std::string sums = sums_of(aside.path());
  if (is_file(place / release_sums) && read_file(place / release_sums) == sums) return;
  write_file_atomically(aside.path() / release_sums, sums);
  put_in_place(aside.path(), place);
}

}  // namespace goldilocks::pipeline
