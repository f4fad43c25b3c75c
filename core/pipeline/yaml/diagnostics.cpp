#include "core/pipeline/yaml/diagnostics.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace goldilocks::pipeline {
namespace {

std::string join_lines(const std::vector<Diagnostic>& diagnostics) {
  std::string lines;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!lines.empty()) lines += '\n';
    lines += diagnostic.text();
  }
  return lines;
}

ExitCode common_exit_code(const std::vector<Diagnostic>& diagnostics) {
  const bool agree = !diagnostics.empty() &&
                     std::all_of(diagnostics.begin(), diagnostics.end(),
                                 [&](const auto& other) { return other.exit_code == diagnostics.front().exit_code; });
  return agree ? diagnostics.front().exit_code : ExitCode::usage;
}

}  // namespace

std::string Place::text() const {
  if (line == 0) return file.string();
  return file.string() + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string Diagnostic::text() const { return place.text() + ": " + message; }

PipelineErrors::PipelineErrors(std::vector<Diagnostic> diagnostics)
    : Error(common_exit_code(diagnostics), join_lines(diagnostics)), diagnostics_(std::move(diagnostics)) {}

void Diagnostics::add(const Place& place, const std::string& message, ExitCode exit_code) {
  diagnostics_.push_back({place, message, exit_code});
}

void Diagnostics::throw_if_any() const {
  if (diagnostics_.empty()) return;
  const auto order = [](const Diagnostic& diagnostic) {
    return std::make_tuple(diagnostic.place.line, diagnostic.place.column);
  };
  std::vector<Diagnostic> sorted = diagnostics_;
  std::stable_sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  const auto same = [](const Diagnostic& a, const Diagnostic& b) { return a.text() == b.text(); };
  sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
  throw PipelineErrors(std::move(sorted));
}

}  // namespace goldilocks::pipeline
