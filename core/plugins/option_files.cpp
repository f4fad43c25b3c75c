#include "core/plugins/option_files.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;

void add_folder(Hasher& hasher, const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code problem;
  for (fs::recursive_directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    if (entry->is_regular_file()) names.push_back(entry->path().lexically_relative(folder).string());
  }
  if (problem) throw FileError(folder, "read", problem.value());
  // The order of a folder's entries is the file system's own.
  std::ranges::sort(names);
  for (const std::string& name : names) hasher.add(name).add(sha256_of_file(folder / name));
}

}  // namespace

std::string hash_option_files(const std::vector<OptionSpec>& specs, const OptionValues& values) {
  Hasher hasher;
  for (const OptionSpec& spec : specs) {
    const auto given = values.find(spec.name);
    if (spec.type != OptionType::path || given == values.end()) continue;
    hasher.add(spec.name);
    const fs::path path = std::get<std::string>(given->second);
    if (path.empty() || !fs::exists(path)) {
      hasher.add("nothing");
    } else if (fs::is_directory(path)) {
      hasher.add("folder");
      add_folder(hasher, path);
    } else {
      hasher.add("file").add(sha256_of_file(path));
    }
  }
  return hasher.finish();
}

}  // namespace goldilocks::plugins
