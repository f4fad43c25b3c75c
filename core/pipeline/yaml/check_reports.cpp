// Where a report writes is known from the options that it declares as names of files, and from a string called `path`,
// so that two files of one name, or one outside of the run's folder, are found before any work. A file that no option
// names is found when the report has written it.
#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/formats/model_files.hpp"
#include "core/pipeline/yaml/parse_plugin.hpp"
#include "core/pipeline/yaml/stage_context.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::array own_files = {"results.json", "plan.json",     "pipeline.yaml",
                                  "timing.json",  "manifest.json", ".lock"};

bool names_output(const plugins::OptionSpec& spec) {
  return spec.names_output || (spec.type == plugins::OptionType::string && spec.name == "path");
}

// The file in its plainest form; "" for what is none inside of a folder.
std::string inside(const std::string& text) {
  const fs::path path = fs::path(text).lexically_normal();
  if (path.empty() || path.is_absolute() || !path.has_filename() || path == "." || *path.begin() == "..") return "";
  return path.generic_string();
}

class ReportFiles {
 public:
  explicit ReportFiles(Diagnostics& faults) : faults_(faults) {}

  void add_own(const std::string& name) { owner_of_.emplace(name, "the run itself"); }

  void add(const std::string& name, const std::string& report, const Place& place) {
    if (const auto other = in_the_way(name); other != owner_of_.end()) {
      const std::string beside = other->first == name ? "" : " '" + other->first + "'";
      faults_.add(place, fmt::format("report '{}' writes '{}', and {} writes{} already; give it another path", report,
                                     name, other->second, beside));
      return;
    }
    owner_of_.emplace(name, fmt::format("report '{}' in line {}", report, place.line));
  }

 private:
  using Owners = std::map<std::string, std::string>;

  // A file of the same name, one where this one needs a folder, or one that needs a folder in its place.
  Owners::const_iterator in_the_way(const std::string& name) const {
    for (std::size_t end = name.find('/'); end != std::string::npos; end = name.find('/', end + 1)) {
      if (const auto found = owner_of_.find(name.substr(0, end)); found != owner_of_.end()) return found;
    }
    if (const auto found = owner_of_.find(name); found != owner_of_.end()) return found;
    const auto below = owner_of_.lower_bound(name + "/");
    return below != owner_of_.end() && below->first.starts_with(name + "/") ? below : owner_of_.end();
  }

  Diagnostics& faults_;
  Owners owner_of_;
};

// A report that is given a place elsewhere may write there instead.
bool writes_elsewhere(const std::vector<plugins::OptionSpec>& specs, const plugins::OptionValues& options) {
  return std::any_of(specs.begin(), specs.end(), [&](const plugins::OptionSpec& spec) {
    return spec.type == plugins::OptionType::path && !std::get<std::string>(options.at(spec.name)).empty();
  });
}

}  // namespace

void check_report_files(StageContext& context) {
  Diagnostics& faults = context.reader.diagnostics();
  ReportFiles files(faults);
  for (const char* name : own_files) files.add_own(name);
  for (const VariantSpec& variant : context.spec.variants) {
    for (const std::string_view ending : formats::file_endings()) files.add_own(variant.name + std::string(ending));
    if (variant.mixed) files.add_own(variant.name + ".rules.yaml");
  }
  for (const PluginUse& use : context.spec.reports) {
    const auto& specs = options_of(context.registry, plugins::Kind::report, use.name);
    if (writes_elsewhere(specs, use.options)) continue;
    for (const plugins::OptionSpec& spec : specs) {
      if (!names_output(spec)) continue;
      const std::string& text = std::get<std::string>(use.options.at(spec.name));
      // Nothing is written of a file that has no name by default.
      if (spec.names_output && text.empty() && std::get<std::string>(spec.default_value).empty()) continue;
      if (const std::string name = inside(text); !name.empty()) {
        files.add(name, use.name, use.place);
      } else {
        faults.add(use.place,
                   fmt::format("report '{}' can't write '{}': not a file inside the run's folder", use.name, text));
      }
    }
  }
}

}  // namespace goldilocks::pipeline
