#include "core/plugins/option_files.hpp"

#include <filesystem>

#include "core/base/files_below.hpp"
#include "core/base/hash.hpp"
#include "core/base/litter.hpp"
#include "core/base/paths.hpp"

namespace goldilocks::plugins {
namespace {

namespace fs = std::filesystem;

void add_folder(Hasher& hasher, const fs::path& folder) {
  for (const fs::path& name : files_below(folder, is_litter)) {
    if (is_plain_file(folder / name)) hasher.add(name.string()).add(sha256_of_file(folder / name));
  }
}

}  // namespace

std::string hash_option_files(const std::vector<OptionSpec>& specs, const OptionValues& values) {
  Hasher hasher;
  for (const OptionSpec& spec : specs) {
    const auto given = values.find(spec.name);
    if (spec.type != OptionType::path || given == values.end()) continue;
    hasher.add(spec.name);
    const fs::path path = std::get<std::string>(given->second);
    if (path.empty() || !is_there(path)) {
      hasher.add("nothing");
    } else if (is_folder(path)) {
      hasher.add("folder");
      add_folder(hasher, path);
    } else {
      hasher.add("file").add(sha256_of_file(path));
    }
  }
  return hasher.finish();
}

}  // namespace goldilocks::plugins
