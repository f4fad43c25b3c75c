#include "core/pipeline/results/write_reports.hpp"

#include "core/base/file.hpp"
#include "core/base/files_below.hpp"
#include "core/base/partial.hpp"
#include "core/base/paths.hpp"
#include "core/pipeline/results/results_json.hpp"

namespace goldilocks::pipeline {

namespace fs = std::filesystem;

std::vector<std::string> write_reports(const PipelineSpec& spec, const goldilocks::Results& results,
                                       plugins::Registry& registry, RunFolder& folder) {
  std::vector<std::string> failures;
  const nlohmann::ordered_json document = to_ordered_json(results);
  for (const PluginUse& use : spec.reports) {
    const PartialFolder work(folder.path() / ".work");
    try {
      registry.report(use.name).write(use.options, document, work.path());
    } catch (const PluginError& error) {
      failures.emplace_back(error.what());
      continue;
    }
    for (const fs::path& file : files_below(work.path())) {
      if (!is_plain_file(work.path() / file)) continue;
      const std::string name = file.string();
      if (folder.has(name)) {
        throw UsageError(use.place.text(), "report '" + use.name + "' writes '" + name +
                                               "', which another part of the run writes already; give it another path");
      }
      folder.add(name, read_file(work.path() / file));
    }
  }
  return failures;
}

}  // namespace goldilocks::pipeline
