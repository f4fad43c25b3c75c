#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/pipeline/single/single.hpp"

namespace goldilocks::cli {

// The options of `quantize` that may be given for several functions: each belongs to the --function that it follows;
// those in front of the first belong to that.
class FunctionSteps {
 public:
  explicit FunctionSteps(CLI::App& command);

  // What was parsed. Throws UsageError for a value that is none.
  std::vector<pipeline::QuantizeStep> steps() const;

 private:
  CLI::Option* add(const char* names, const char* help, const char* type);

  CLI::App* command_;
  std::vector<std::string> texts_;
  CLI::Option *function_, *bits_, *option_, *granularity_, *axis_, *vector_, *channel_scale_, *table_;
};

}  // namespace goldilocks::cli
