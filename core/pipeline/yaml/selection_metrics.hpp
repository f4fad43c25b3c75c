#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/evaluation/selection.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// A figure that a `select` stage may name.
struct SelectionMetric {
  std::string name;
  bool exact = false;  // no estimate from samples
  bool larger_is_better = false;
};

// Sizes, drops, and every metric of docs/metrics.md with a fixed name.
const std::vector<SelectionMetric>& selection_metrics();

// Nothing for an unknown name.
std::optional<SelectionMetric> find_selection_metric(std::string_view name);

// What the `objective` of a select stage may be.
std::span<const std::string_view> objective_names();

// The figures of a variant by metric, as far as the document has them. `baseline` may be null.
std::map<std::string, evaluation::Estimate, std::less<>> selection_figures(const goldilocks::Results& results,
                                                                           const goldilocks::Variant& variant,
                                                                           const goldilocks::Variant* baseline);

}  // namespace goldilocks::pipeline
