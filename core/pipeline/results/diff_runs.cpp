// Two runs that share a baseline say image by image how their variants compare, though neither lists its right answers:
// an image that is in a run's list of differences has its answer there, and any other image has the baseline's.
#include "core/pipeline/results/diff_runs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include <fmt/format.h>

#include "core/evaluation/paired.hpp"

namespace goldilocks::pipeline {
namespace {

using Change = VariantChange;

const goldilocks::Variant* find_variant(const goldilocks::Results& results, const std::string& name) {
  for (const goldilocks::Variant& variant : results.variants()) {
    if (!name.empty() && variant.name() == name) return &variant;
  }
  return nullptr;
}

const goldilocks::Dataset* find_dataset(const goldilocks::Results& results, const std::string& name) {
  for (const goldilocks::Dataset& dataset : results.datasets()) {
    if (dataset.name() == name) return &dataset;
  }
  return nullptr;
}

// A file that was cut into parts has a hash for each of them.
std::set<std::string> hashes_of_input(const goldilocks::Results& results, const std::string& path) {
  std::set<std::string> hashes;
  for (const goldilocks::Input& input : results.inputs()) {
    if (input.path() == path) hashes.insert(input.sha256());
  }
  return hashes;
}

// Whether neither run read anything of the file that differs from what the other one read; one may have read more
// parts.
bool read_the_same(const std::set<std::string>& before, const std::set<std::string>& after) {
  const auto& [fewer, more] = before.size() < after.size() ? std::tie(before, after) : std::tie(after, before);
  return !fewer.empty() && std::includes(more.begin(), more.end(), fewer.begin(), fewer.end());
}

// One run's variant with what it was measured on.
struct MeasuredVariant {
  const goldilocks::Results& run;
  const goldilocks::Variant& variant;
  const goldilocks::Evaluation& evaluation() const { return variant.evaluation(); }
  const goldilocks::Dataset* dataset() const { return find_dataset(run, evaluation().dataset()); }
};

bool same_images(const MeasuredVariant& a, const MeasuredVariant& b) {
  const goldilocks::Dataset* first = a.dataset();
  const goldilocks::Dataset* second = b.dataset();
  if (first == nullptr || second == nullptr || first->samples() != second->samples() ||
      first->split() != second->split()) {
    return false;
  }
  return read_the_same(hashes_of_input(a.run, first->path()), hashes_of_input(b.run, second->path())) &&
         std::equal(first->classes().begin(), first->classes().end(), second->classes().begin(),
                    second->classes().end());
}

bool same_conditions(const MeasuredVariant& a, const MeasuredVariant& b) {
  return same_images(a, b) && a.evaluation().backend() == b.evaluation().backend() &&
         a.dataset()->preparation() == b.dataset()->preparation();
}

const goldilocks::Interval* interval_of_mean(const goldilocks::Evaluation& evaluation) {
  for (const goldilocks::Figure& figure : evaluation.figures()) {
    if (figure.metric() == "mean_accuracy" && figure.has_interval()) return &figure.interval();
  }
  return nullptr;
}

// Whether the two have one baseline that answered alike, or one is the other's.
bool same_baseline(const MeasuredVariant& a, const MeasuredVariant& b) {
  const auto hash = [](const MeasuredVariant& one) {
    if (one.evaluation().baseline().empty()) return one.variant.sha256();
    const goldilocks::Variant* baseline = find_variant(one.run, one.evaluation().baseline());
    return baseline == nullptr ? std::string() : baseline->sha256();
  };
  return same_conditions(a, b) && !hash(a).empty() && hash(a) == hash(b);
}

using Differences = std::map<std::string, const goldilocks::Difference*>;

Differences by_sample(const goldilocks::Evaluation& evaluation) {
  Differences differences;
  for (const goldilocks::Difference& difference : evaluation.differences()) {
    differences[difference.sample()] = &difference;
  }
  return differences;
}

// Whether the list of differences has all that the comparison counts; that of an older program has none.
bool is_complete(const goldilocks::Evaluation& evaluation) {
  if (evaluation.baseline().empty()) return true;
  std::size_t lost = 0;
  std::size_t won = 0;
  for (const goldilocks::Difference& difference : evaluation.differences()) {
    lost += difference.baseline_answer() == difference.truth() ? 1 : 0;
    won += difference.answer() == difference.truth() ? 1 : 0;
  }
  return evaluation.has_comparison() && lost == evaluation.comparison().only_baseline_right() &&
         won == evaluation.comparison().only_variant_right();
}

// By class. Images that are in neither list are answered alike; whether right or wrong makes no difference here.
std::vector<evaluation::PairedCounts> pairs_of(const MeasuredVariant& before, const MeasuredVariant& after) {
  const goldilocks::Dataset& dataset = *after.dataset();
  std::map<std::string, std::size_t> class_of;
  std::vector<evaluation::PairedCounts> classes(static_cast<std::size_t>(dataset.classes_size()));
  for (int i = 0; i < dataset.classes_size(); ++i) {
    class_of[dataset.classes(i)] = static_cast<std::size_t>(i);
    classes[static_cast<std::size_t>(i)].both_right = dataset.class_samples(i);
  }
  const Differences first = by_sample(before.evaluation());
  const Differences second = by_sample(after.evaluation());
  std::set<std::string> samples;
  for (const auto& [sample, difference] : first) samples.insert(sample);
  for (const auto& [sample, difference] : second) samples.insert(sample);
  for (const std::string& sample : samples) {
    const auto in_first = first.find(sample);
    const auto in_second = second.find(sample);
    const goldilocks::Difference& any = *(in_first != first.end() ? in_first->second : in_second->second);
    const auto found = class_of.find(any.truth());
    if (found == class_of.end()) continue;
    evaluation::PairedCounts& pairs = classes[found->second];
    const auto is_right = [&](const Differences& differences, const auto& place) {
      return (place == differences.end() ? any.baseline_answer() : place->second->answer()) == any.truth();
    };
    const bool was = is_right(first, in_first);
    const bool is = is_right(second, in_second);
    if (was == is) continue;
    --pairs.both_right;
    ++(was ? pairs.only_baseline_right : pairs.only_variant_right);
  }
  return classes;
}

// The interval of a difference from those of its two sides (Zou and Donner 2008).
evaluation::Interval unpaired_interval(double drop, const goldilocks::Evaluation& before, const goldilocks::Interval& a,
                                       const goldilocks::Evaluation& after, const goldilocks::Interval& b) {
  const double p = before.mean_accuracy();
  const double q = after.mean_accuracy();
  return {drop - std::hypot(p - a.lower(), b.upper() - q), drop + std::hypot(a.upper() - p, q - b.lower()),
          b.confidence(), a.method()};
}

Change change_of(const MeasuredVariant& before, const MeasuredVariant& after, double max_drop) {
  Change change;
  change.variant = after.variant.name();
  change.earlier_variant = before.variant.name();
  change.bytes_before = before.variant.size_bytes();
  change.bytes_after = after.variant.size_bytes();
  change.accuracy_before = before.evaluation().mean_accuracy();
  change.accuracy_after = after.evaluation().mean_accuracy();
  change.drop = change.accuracy_before - change.accuracy_after;
  // To 1e-12, so that 0.01 is not lost to binary fractions. What is not a number is no accuracy that holds.
  change.regression = !(std::round(change.drop * 1e12) <= std::round(max_drop * 1e12)) ||
                      after.evaluation().unanswered() > before.evaluation().unanswered();
  const goldilocks::Interval* a = interval_of_mean(before.evaluation());
  const goldilocks::Interval* b = interval_of_mean(after.evaluation());
  if (same_conditions(before, after) && before.variant.sha256() == after.variant.sha256()) {
    change.test = Change::Test::same;
  } else if (same_baseline(before, after) && is_complete(before.evaluation()) && is_complete(after.evaluation())) {
    const auto classes = pairs_of(before, after);
    evaluation::PairedCounts all;
    for (const evaluation::PairedCounts& pairs : classes) all += pairs;
    change.test = Change::Test::paired;
    change.lost = all.only_baseline_right;
    change.won = all.only_variant_right;
    change.p_value = evaluation::mcnemar_p_value(change.lost, change.won);
    const double confidence = b != nullptr ? b->confidence() : 0.95;
    change.interval = evaluation::drop_interval(evaluation::paired_drop(classes), confidence);
  } else if (a != nullptr && b != nullptr && a->confidence() == b->confidence()) {
    change.test = Change::Test::unpaired;
    change.interval = unpaired_interval(change.drop, before.evaluation(), *a, after.evaluation(), *b);
  }
  return change;
}

void adjust_p_values(std::vector<Change>& changes) {
  std::vector<double> p_values;
  p_values.reserve(changes.size());
  for (const Change& change : changes) {
    p_values.push_back(change.test == Change::Test::paired ? change.p_value : std::nan(""));
  }
  const std::vector<double> adjusted = evaluation::holm(p_values);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (changes[i].test == Change::Test::paired) changes[i].adjusted_p_value = adjusted[i];
  }
}

void note_differences(const goldilocks::Results& before, const goldilocks::Results& after, RunsDiff& diff) {
  if (before.program() != after.program()) {
    diff.notes.push_back(fmt::format("made by {}, before by {}", after.program(), before.program()));
  }
  std::set<std::string> noted;
  for (const goldilocks::Input& input : after.inputs()) {
    const std::string& path = input.path();
    if (!noted.insert(path).second) continue;
    const std::set<std::string> old = hashes_of_input(before, path);
    if (old.empty()) {
      diff.notes.push_back(fmt::format("{}: was not read before", path));
    } else if (!read_the_same(old, hashes_of_input(after, path))) {
      diff.notes.push_back(fmt::format("{}: has other content", path));
    }
  }
  for (const goldilocks::Plugin& plugin : after.plugins()) {
    for (const goldilocks::Plugin& old : before.plugins()) {
      if (old.kind() != plugin.kind() || old.name() != plugin.name() || old.sha256() == plugin.sha256()) continue;
      diff.notes.push_back(fmt::format("{} {}: another library, version {}, before {}", plugin.kind(), plugin.name(),
                                       plugin.version(), old.version()));
    }
  }
  for (const goldilocks::Variant& variant : after.variants()) {
    const goldilocks::Variant* old = find_variant(before, variant.name());
    const bool worked = old != nullptr && old->error().empty();
    if (worked && !variant.error().empty()) diff.notes.push_back(variant.name() + " failed: " + variant.error());
  }
}

}  // namespace

bool RunsDiff::regressed() const {
  return std::any_of(changes.begin(), changes.end(), [](const Change& change) { return change.regression; });
}

RunsDiff diff_runs(const goldilocks::Results& before, const goldilocks::Results& after, double max_drop) {
  RunsDiff diff;
  diff.max_drop = max_drop;
  diff.chosen_before = before.selection().chosen();
  diff.chosen_after = after.selection().chosen();
  const auto add = [&](const goldilocks::Variant* old, const goldilocks::Variant* now) {
    if (old == nullptr || now == nullptr || !old->has_evaluation() || !now->has_evaluation()) return;
    if (!old->evaluation().has_mean_accuracy() || !now->evaluation().has_mean_accuracy()) {
      diff.notes.push_back(now->name() + ": has no accuracy in both runs, so that it can't be judged");
      return;
    }
    diff.changes.push_back(change_of({before, *old}, {after, *now}, max_drop));
    if (now->evaluation().unanswered() > old->evaluation().unanswered()) {
      diff.notes.push_back(fmt::format("{}: no finite answer for {} of {} samples, before for {}", now->name(),
                                       now->evaluation().unanswered(), now->evaluation().samples(),
                                       old->evaluation().unanswered()));
    }
  };
  if (diff.chosen_before != diff.chosen_after) {
    add(find_variant(before, diff.chosen_before), find_variant(after, diff.chosen_after));
  }
  for (const goldilocks::Variant& variant : after.variants()) {
    const goldilocks::Variant* old = find_variant(before, variant.name());
    if (old == nullptr) diff.only_after.push_back(variant.name());
    add(old, &variant);
  }
  for (const goldilocks::Variant& variant : before.variants()) {
    if (find_variant(after, variant.name()) == nullptr) diff.only_before.push_back(variant.name());
  }
  adjust_p_values(diff.changes);
  note_differences(before, after, diff);
  return diff;
}

}  // namespace goldilocks::pipeline
