#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/widths/sensitivity.hpp"

namespace goldilocks::pipeline {

// Exactly one of the two.
struct MixTarget {
  std::optional<std::uint64_t> size;  // of the file, in bytes, at most
  std::optional<double> divergence;   // measured, at most
};

struct MixedTensor {
  std::string layer;  // with its place
  std::string parameter;
  int bits = 0;  // 16: float16; 32: it stays as it is
};

// The same widths as selection rules: one for each width and parameter, in the order in which they have to stand.
struct WidthRule {
  std::vector<std::string> layers;  // globs that fit these layers alone
  std::string parameter;
  int bits = 0;  // as above; 32 is `skip`
};

// The widths that were found for a target.
struct MixedWidths {
  std::vector<MixedTensor> tensors;  // every tensor that the function could take, in file order
  double predicted = 0;              // the sum of what the tensors cause alone
  double first_measured = 0;         // of the widths by the sums alone
  double measured = 0;               // of these
  std::size_t corrections = 0;       // rounds in which measuring changed the widths
  std::size_t measurements = 0;      // models that were measured in all
  std::vector<WidthRule> rules;

  // The width of most matrices; of two the narrower one. What a command line names beside the rules, which leave it
  // nothing to decide.
  int common_bits() const;
};

// Finds the widths with the least divergence for a size, or the smallest file for a divergence: from the sensitivities
// by evaluation::search_widths(), with models put together and run for its measurements, of which there are at most
// `measurements`. Throws ModelError that names what is possible where the target isn't.
MixedWidths find_mixed_widths(const WeightCandidates& candidates, const std::vector<SensitiveTensor>& sensitivities,
                              const MixTarget& target, std::size_t measurements, const DivergenceMeter& meter,
                              ThreadPool& pool, const std::function<void(double)>& progress = {});

// Throws ModelError where two layers have one name, so that no rule can tell them apart.
std::vector<WidthRule> rules_of(const std::vector<MixedTensor>& tensors, const WeightCandidates& candidates);

// The rules as a file for `goldilocks quantize --rules`, behind a comment of these lines.
std::string rules_file(const std::vector<WidthRule>& rules, const std::vector<std::string>& comment);

std::string to_json(const MixedWidths& widths);
MixedWidths mixed_widths_from_json(std::string_view json);

}  // namespace goldilocks::pipeline
