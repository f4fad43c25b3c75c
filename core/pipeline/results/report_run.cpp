// The plugin writes into a fresh folder inside of the output, and what it wrote is then moved to its place: a report
// that fails halfway leaves an earlier one as it was.
#include "core/pipeline/results/report_run.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/partial.hpp"
#include "core/pipeline/results/read_results.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/store/run_lock.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(folder));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<fs::path> report_run(const ReportRunRequest& request, plugins::Registry& registry) {
  const plugins::ReportPlugin& report = registry.report(request.format);
  const auto options = plugins::parse_text_options(report.options, request.options, "report " + report.name);
  const nlohmann::ordered_json document = to_ordered_json(read_run(request.run));

  store::require_no_run(request.output);
  remove_abandoned(request.output);
  const PartialFolder work(request.output / ".work");
  report.write(options, document, work.path());
  std::vector<fs::path> written = files_below(work.path());
  for (const fs::path& file : written) {
    if (fs::is_directory(request.output / file)) {
      throw UsageError((request.output / file).string() + ": there is a folder where the report's file belongs");
    }
  }
  for (fs::path& file : written) {
    write_file_atomically(request.output / file, read_file(work.path() / file));
    file = request.output / file;
  }
  return written;
}

}  // namespace goldilocks::pipeline
