#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace goldilocks::pipeline {

// Where in a pipeline's text a fault lies. Lines and columns count from 1; 0 where there is none (a command line).
struct Place {
  std::filesystem::path file;
  int line = 0;
  int column = 0;

  std::string text() const;  // "food.yaml:12:7", or "food.yaml" without a line
};

// One fault of a pipeline file.
struct Diagnostic {
  Place place;
  std::string message;
  ExitCode exit_code = ExitCode::usage;  // plugin: a library that was found but is refused

  std::string text() const;  // "food.yaml:12:7: unknown key 'modle'; did you mean 'model'?"
};

// All faults of a pipeline file, in the order of their places: what() has one line for each. The exit code is that of
// the faults where they agree, and usage otherwise.
class PipelineErrors : public Error {
 public:
  explicit PipelineErrors(std::vector<Diagnostic> diagnostics);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

// Gathers faults, so that a user sees all of them at once. One thread.
class Diagnostics {
 public:
  void add(const Place& place, const std::string& message, ExitCode exit_code = ExitCode::usage);
  bool empty() const { return diagnostics_.empty(); }
  std::size_t count() const { return diagnostics_.size(); }

  // Throws PipelineErrors if anything was added; the same message at the same place once.
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace goldilocks::pipeline
