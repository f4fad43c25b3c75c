// The manifest is written twice. Before anything else it lists the files of this run together with those of the earlier
// one: should the process be killed while it writes, the next run still knows every file as a run's own. At the end it
// lists what belongs, and nothing else.
#include "core/pipeline/results/run_folder.hpp"

#include <set>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "core/base/litter.hpp"
#include "core/base/partial.hpp"
#include "core/base/paths.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr const char* manifest_name = "manifest.json";

bool leads_out(const fs::path& name) {
  if (name.empty() || name.is_absolute()) return true;
  for (const fs::path& part : name) {
    if (part == ".." || part == ".") return true;
  }
  return false;
}

}  // namespace

RunFolder::RunFolder(fs::path folder) : folder_(std::move(folder)) {
  read_manifest();
  remove_leftovers();
}

void RunFolder::read_manifest() {
  const fs::path path = folder_ / manifest_name;
  if (!is_there(path)) return;
  try {
    const auto manifest = nlohmann::json::parse(read_file(path));
    for (const auto& file : manifest.at("files")) {
      earlier_[file.at("name").get<std::string>()] = {file.value("sha256", ""), file.value("size", std::uint64_t{0})};
    }
    earlier_[manifest_name] = {};
  } catch (const nlohmann::json::exception&) {
    throw UsageError(path.string(), "not the manifest of a run; is this another program's folder?");
  }
}

void RunFolder::remove_leftovers() const {
  std::set<fs::path> folders = {folder_};
  for (const auto& [name, recorded] : earlier_) {
    if (!leads_out(name)) folders.insert((folder_ / name).parent_path());
  }
  for (const fs::path& folder : folders) remove_abandoned(folder);
}

void RunFolder::add(const std::string& name, std::string content, bool stable) {
  File file;
  file.sha256 = sha256(content);
  file.size = content.size();
  file.content = std::move(content);
  file.stable = stable;
  add_file(name, std::move(file));
}

void RunFolder::add_copy(const std::string& name, const fs::path& source, const std::string& sha256,
                         std::uint64_t size) {
  File file;
  file.source = source;
  file.sha256 = sha256;
  file.size = size;
  add_file(name, std::move(file));
}

void RunFolder::add_file(const std::string& name, File file) {
  if (leads_out(name)) throw UsageError("'" + name + "' is not a name inside the run's folder");
  if (name == manifest_name || !files_.emplace(name, std::move(file)).second) {
    throw UsageError("two files of the run would be called '" + name + "'");
  }
}

bool RunFolder::is_current(const std::string& name, const File& file) const {
  const fs::path path = folder_ / name;
  std::error_code error;
  if (!fs::is_regular_file(path, error) || fs::file_size(path, error) != file.size || error) return false;
  return sha256_of_file(path) == file.sha256;
}

void RunFolder::check_in_the_way() const {
  std::string in_the_way;
  for (const auto& [name, file] : files_) {
    const fs::path path = folder_ / name;
    std::error_code error;
    const fs::file_type type = fs::symlink_status(path, error).type();
    const bool may_be_replaced = type == fs::file_type::regular && earlier_.contains(name);
    if (type == fs::file_type::not_found || may_be_replaced || is_current(name, file)) continue;
    in_the_way += "\n  " + path.string();
  }
  if (in_the_way.empty()) return;
  throw UsageError(folder_.string(),
                   "these are in the way and were not written by a run; choose another folder or "
                   "move them:" +
                       in_the_way);
}

void RunFolder::check_inputs() const {
  for (const auto& [name, file] : files_) {
    const fs::path path = folder_ / name;
    if (inputs_.contains(path) && !is_current(name, file)) inputs_.require_other(path);
  }
  for (const auto& [name, recorded] : earlier_) {
    if (is_stale(name)) inputs_.require_other(folder_ / name);
  }
}

void RunFolder::write(const std::string& name, const File& file) const {
  if (is_current(name, file)) return;
  if (file.source.empty()) {
    write_file_atomically(folder_ / name, file.content);
  } else {
    copy_file_atomically(file.source, folder_ / name);
  }
}

void RunFolder::write_manifest(bool with_earlier) const {
  std::map<std::string, Recorded> listed;
  if (with_earlier) listed = earlier_;
  listed.erase(manifest_name);
  for (const auto& [name, file] : files_) {
    listed[name] = file.stable ? Recorded{file.sha256, file.size} : Recorded{};
  }
  auto files = nlohmann::ordered_json::array();
  for (const auto& [name, recorded] : listed) {
    nlohmann::ordered_json entry = {{"name", name}};
    if (!recorded.sha256.empty()) {
      entry["sha256"] = recorded.sha256;
      entry["size"] = recorded.size;
    }
    files.push_back(std::move(entry));
  }
  const nlohmann::ordered_json manifest = {{"schema_version", 1}, {"files", std::move(files)}};
  File file;
  file.content = manifest.dump(2) + "\n";
  file.sha256 = sha256(file.content);
  file.size = file.content.size();
  write(manifest_name, file);
}

// Whether an earlier run wrote it, and it no longer belongs.
bool RunFolder::is_stale(const std::string& name) const {
  return !files_.contains(name) && name != manifest_name && !leads_out(name) && is_plain_file(folder_ / name);
}

void RunFolder::remove_stale() const {
  for (const auto& [name, recorded] : earlier_) {
    if (!is_stale(name)) continue;
    const fs::path path = folder_ / name;
    if (!recorded.sha256.empty() && sha256_of_file(path) != recorded.sha256) {
      spdlog::warn("{} no longer belongs to this run, but was changed since; it is left there", path.string());
      continue;
    }
    std::error_code error;
    fs::remove(path, error);
    for (fs::path parent = path.parent_path(); parent != folder_ && is_folder_of_litter(parent) && !error;
         parent = parent.parent_path()) {
      fs::remove_all(parent, error);
    }
  }
}

void RunFolder::commit() {
  check_in_the_way();
  check_inputs();
  bool new_names = false;
  for (const auto& [name, file] : files_) new_names = new_names || !earlier_.contains(name);
  if (new_names) write_manifest(true);
  for (const auto& [name, file] : files_) write(name, file);
  remove_stale();
  write_manifest(false);
}

}  // namespace goldilocks::pipeline
