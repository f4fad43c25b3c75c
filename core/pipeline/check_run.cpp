#include "core/pipeline/check_run.hpp"

#include <functional>

#include "core/base/error.hpp"
#include "core/pipeline/release/release_folder.hpp"
#include "core/pipeline/results/collect_results.hpp"
#include "core/pipeline/results/read_results.hpp"

namespace goldilocks::pipeline {

void check_run(const PipelineSpec& spec) {
  Diagnostics faults;
  const auto attempt = [&](const Place& place, const std::function<void()>& body) {
    try {
      body();
    } catch (const Error& error) {
      faults.add(place, error.what(), error.exit_code());
    }
  };
  goldilocks::Results earlier;
  if (spec.earlier_results) {
    attempt(spec.loads.front().place, [&] { earlier = read_results(spec.earlier_results->path); });
  }
  if (spec.publish) attempt(spec.publish->place, [&] { require_replaceable(spec.publish->folder.path); });
  faults.throw_if_any();
  if (spec.earlier_results && spec.select) select_variant(earlier, *spec.select);
}

}  // namespace goldilocks::pipeline
