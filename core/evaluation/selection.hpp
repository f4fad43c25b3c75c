#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace goldilocks::evaluation {

// A figure of a variant. NaN where it could not be computed.
struct Estimate {
  double value = 0;
  bool exact = false;  // no estimate from samples, such as a size: it is its own interval
  std::optional<std::pair<double, double>> interval{};  // lower and upper end
};

struct SelectionCandidate {
  std::string name;
  std::map<std::string, Estimate, std::less<>> figures;  // by metric: "size", "mean_accuracy", "mean_drop", ...

  // A full-precision model is what variants are measured by. It is ranked, so that the table is complete, but can't be
  // chosen: when no variant is good enough, the gate has failed.
  bool is_baseline = false;

  // Why it can't be chosen, whatever its figures are: "its baseline food is right about none of 30 samples". Empty: it
  // can.
  std::string unfit{};

  // Its full-precision model, for the sentences; all of it may be left out where there is none.
  std::string baseline_name{};
  std::map<std::string, Estimate, std::less<>> baseline_figures{};

  // NaN where there is no such figure.
  double figure(const std::string& metric) const;
};

// A bound that the chosen variant keeps: exactly one of the two is set.
struct Limit {
  std::string metric;
  std::optional<double> at_most{};
  std::optional<double> at_least{};
};

// A direction in which variants compete.
struct Axis {
  std::string metric;
  bool larger_is_better = false;
};

struct SelectionRule {
  std::string objective = "size";  // a metric of which less is better
  std::vector<Limit> limits{{.metric = "mean_drop", .at_most = 0.01}};
  // 0: figures are taken as they are. Else the end of a figure's interval that is worse has to keep the limit; the
  // confidence is that of the intervals, for the sentences.
  double confidence = 0;
  std::pair<Axis, Axis> front{{"size", false}, {"mean_accuracy", true}};
};

struct LimitOutcome {
  bool passed = false;
  double value = 0;
  double bound = 0;  // what was held against the limit: the value, or the end of its interval
};

struct RankedCandidate {
  std::string name;
  bool passed = false;
  std::string reason;                  // "chosen", or why not
  std::vector<LimitOutcome> outcomes;  // in the order of the limits; none of a baseline
};

struct SelectionOutcome {
  std::string chosen;  // empty: none passed
  std::string rule;    // in words
  std::string reason;  // one sentence: what was chosen and over what, or the nearest miss
  std::vector<RankedCandidate>
      ranking;                     // those that passed by the objective, the others by nearness, baselines by name
  std::string runner_up;           // the second of those that passed
  std::string runner_up_cost;      // one sentence
  std::string nearest;             // nothing passed: the nearest miss
  std::vector<std::string> front;  // best by the first axis first
};

// The variant with the least objective among those that keep every limit; ties by mean accuracy where there is one,
// then by name. Figures are compared after rounding to 1e-12, so that 0.01 is not lost to binary fractions. A figure
// that is not a number keeps no limit, and with a confidence neither does an estimate without an interval. A candidate
// that is unfit doesn't pass, and is never the nearest miss where another one missed.
//
// How near a miss is: by how much the figure misses each limit, as a part of the largest such miss of any variant; the
// largest of these parts counts, then their sum, then the objective.
//
// The order of the candidates makes no difference, and no candidate at all is an outcome, not an error. Throws
// UsageError for a limit that is not a number, or has not exactly one bound.
SelectionOutcome select(const std::vector<SelectionCandidate>& candidates, const SelectionRule& rule);

// The names of those that no other candidate beats: as good by both axes and better by one. Sorted by the first axis,
// best first, then by name. A candidate without one of the figures takes no part.
std::vector<std::string> pareto_front(const std::vector<SelectionCandidate>& candidates,
                                      const std::pair<Axis, Axis>& axes);

}  // namespace goldilocks::evaluation
