// The plugin writes into a fresh folder inside of the output, and what it wrote is then moved to its place: a report
// that fails halfway leaves an earlier one as it was.
#include "core/pipeline/results/report_run.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/files_below.hpp"
#include "core/base/input_files.hpp"
#include "core/base/partial.hpp"
#include "core/base/paths.hpp"
#include "core/pipeline/results/read_results.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/store/run_lock.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;

InputFiles inputs_of(const fs::path& run) {
  InputFiles inputs;
  inputs.add(is_folder(run) ? run / "results.json" : run);
  return inputs;
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
  std::erase_if(written, [&](const fs::path& file) { return !is_plain_file(work.path() / file); });
  const InputFiles inputs = inputs_of(request.run);
  for (const fs::path& file : written) {
    if (is_folder(request.output / file)) {
      throw UsageError((request.output / file).string(), "there is a folder where the report's file belongs");
    }
    if (!request.force) inputs.require_other(request.output / file);
  }
  for (fs::path& file : written) {
    write_file_atomically(request.output / file, read_file(work.path() / file));
    file = request.output / file;
  }
  return written;
}

}  // namespace goldilocks::pipeline
