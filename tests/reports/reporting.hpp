#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "core/plugins/options.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::testing {

// The bundled plugin of this name, from the build tree, asked for a report:
// what it wrote, by path below its folder. Options that are not given have
// their defaults. Throws what the host throws.
std::map<std::string, std::string> write_report(const std::string& plugin, const nlohmann::ordered_json& results,
                                                const plugins::OptionValues& options = {});

// The one file that it wrote. Fails the test if there are several.
std::string report_text(const std::string& plugin, const nlohmann::ordered_json& results,
                        const plugins::OptionValues& options = {});

// The document as the pipeline hands it over: numbers, strings and lists also
// where they are 0 or empty. Without `with_defaults`, as a reader of another
// version might: those are missing.
nlohmann::ordered_json to_json(const Results& results, bool with_defaults = true);

// Two classes, a full-precision model, a variant that was chosen, one that lost
// too much and one that failed.
Results small_results();

// The same with costs, intervals, comparisons, limits, a front and findings.
Results results_with_figures();

// The same with a proof on other samples, on which the chosen variant keeps its limit or not.
Results results_with_proof(bool passed);

}  // namespace goldilocks::testing
