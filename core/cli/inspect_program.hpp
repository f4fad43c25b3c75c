#pragma once

#include <nlohmann/json.hpp>

#include "core/formats/program_summary.hpp"

namespace goldilocks::cli {

// The document that `inspect --json` prints of an ML Program.
nlohmann::ordered_json program_json(const formats::ProgramSummary& summary);

// The same for people, on standard output.
void print_program(const formats::ProgramSummary& summary, bool every_weight);

// Inputs, outputs or states, as both kinds of documents have them.
nlohmann::ordered_json features_json(const std::vector<model::FeatureSummary>& features);

// Lines of such a list, the title before the first; and one line, where there is something to say.
void print_features(const char* title, const std::vector<model::FeatureSummary>& features);
void print_line(const char* title, const std::string& value);

// "12.5 %"
std::string share(std::uint64_t bytes, std::uint64_t total);

}  // namespace goldilocks::cli
