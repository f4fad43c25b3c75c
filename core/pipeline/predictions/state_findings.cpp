// What the figures say in words. Everything is taken from the document, so that an earlier run's results, selected from
// again with another limit, are judged by that limit.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "core/evaluation/figures.hpp"
#include "core/evaluation/paired.hpp"
#include "core/evaluation/power.hpp"
#include "core/pipeline/predictions/broken_answers.hpp"
#include "core/pipeline/predictions/collect_figures.hpp"

namespace goldilocks::pipeline {
namespace {

using evaluation::figure_against;
using evaluation::grouped;
using evaluation::plain_number;

constexpr double usual_limit = 0.01;
constexpr double power = 0.8;
constexpr std::uint64_t few_samples = 10;
constexpr std::size_t most_names = 12;

// What every sentence of a document is about.
struct Frame {
  double limit = usual_limit;
  std::size_t compared = 0;  // variants
};

bool is_compared(const goldilocks::Variant& variant) { return variant.evaluation().has_comparison(); }

// Of the baseline. What is compared with it is no worse, whatever it is.
bool is_right_nowhere(const goldilocks::Comparison& pairs) {
  return pairs.both_right() + pairs.only_baseline_right() == 0;
}

// The share of samples about which the two disagree, drawn away from 0, which few samples can't show.
double discordance_of(const goldilocks::Comparison& pairs, std::uint64_t samples) {
  const auto differing = static_cast<double>(pairs.only_baseline_right() + pairs.only_variant_right());
  return (differing + 1) / (static_cast<double>(samples) + 2);
}

// "p = 0.32", "p = 3e-10"
std::string p_in_words(double p) { return p >= 0.001 ? fmt::format("{:.2g}", p) : fmt::format("{:.0e}", p); }

std::string percent(double share) { return plain_number(std::round(share * 1000) / 10) + " %"; }

// Of a number that is a rough one anyway: 9,634 is "9,700".
std::string rough(std::uint64_t number) {
  std::uint64_t unit = 1;
  while (number / unit >= 100) unit *= 10;
  return grouped((number + unit - 1) / unit * unit);
}

enum class Standing { alike, perhaps_worse, perhaps_better, worse, better };

Standing standing_of(const goldilocks::Comparison& pairs) {
  const double alpha = 1 - pairs.drop().confidence();
  const bool worse = pairs.only_baseline_right() > pairs.only_variant_right();
  if (pairs.adjusted_p_value() <= alpha) return worse ? Standing::worse : Standing::better;
  if (pairs.p_value() <= alpha) return worse ? Standing::perhaps_worse : Standing::perhaps_better;
  return Standing::alike;
}

std::string difference_in_words(const goldilocks::Evaluation& evaluation, const Frame& frame) {
  const goldilocks::Comparison& pairs = evaluation.comparison();
  const std::string& baseline = evaluation.baseline();
  const std::uint64_t lost = pairs.only_baseline_right();
  const std::string counts = fmt::format("{} {} lost and {} won", grouped(lost),
                                         lost == 1 ? "answer is" : "answers are", grouped(pairs.only_variant_right()));
  const std::string among = frame.compared == 1 ? "" : fmt::format(" among {} variants", frame.compared);
  const std::string p = p_in_words(pairs.p_value());
  const std::string adjusted = p_in_words(pairs.adjusted_p_value());
  const Standing standing = standing_of(pairs);
  switch (standing) {
    case Standing::worse:
    case Standing::better:
      return fmt::format("is {} than {}: {} (p = {}{})", standing == Standing::worse ? "worse" : "better", baseline,
                         counts, adjusted, among);
    case Standing::perhaps_worse:
    case Standing::perhaps_better:
      return fmt::format("looks {} than {}: {}, which chance alone would do{} too (p = {}, adjusted {})",
                         standing == Standing::perhaps_worse ? "worse" : "better", baseline, counts, among, p,
                         adjusted);
    default:
      if (pairs.only_baseline_right() + pairs.only_variant_right() == 0) {
        return fmt::format("is right about the same {} of {} samples as {}", grouped(pairs.both_right()),
                           grouped(evaluation.samples()), baseline);
      }
      return fmt::format("can't be told apart from {} by these {} samples: {} (p = {})", baseline,
                         grouped(evaluation.samples()), counts, p);
  }
}

std::string limit_in_words(const goldilocks::Comparison& pairs, const Frame& frame) {
  const goldilocks::Interval& drop = pairs.drop();
  const std::string limit = plain_number(frame.limit);
  const std::string range = fmt::format("from {} to {} ({} confidence)", figure_against(drop.lower(), frame.limit),
                                        figure_against(drop.upper(), frame.limit), percent(drop.confidence()));
  if (drop.upper() <= frame.limit) return fmt::format("its drop is {}, within the limit of {}", range, limit);
  if (drop.lower() > frame.limit) return fmt::format("its drop is {}, over the limit of {}", range, limit);
  std::string text = fmt::format(
      "its drop is {}, so that these samples don't show whether it is within the limit of {}", range, limit);
  if (pairs.samples_needed() > 0) text += fmt::format("; some {} would", rough(pairs.samples_needed()));
  return text;
}

void adjust_p_values(goldilocks::Results& results, Frame& frame) {
  std::vector<goldilocks::Comparison*> comparisons;
  std::vector<double> p_values;
  for (goldilocks::Variant& variant : *results.mutable_variants()) {
    if (!is_compared(variant)) continue;
    comparisons.push_back(variant.mutable_evaluation()->mutable_comparison());
    p_values.push_back(comparisons.back()->p_value());
  }
  const std::vector<double> adjusted = evaluation::holm(p_values);
  for (std::size_t i = 0; i < adjusted.size(); ++i) comparisons[i]->set_adjusted_p_value(adjusted[i]);
  frame.compared = comparisons.size();
}

void judge(goldilocks::Evaluation& evaluation, const Frame& frame) {
  goldilocks::Comparison& pairs = *evaluation.mutable_comparison();
  const double discordance = discordance_of(pairs, evaluation.samples());
  const std::uint64_t needed = evaluation::samples_to_show_below(evaluation.mean_drop(), frame.limit, discordance,
                                                                 pairs.drop().confidence(), power);
  pairs.set_samples_needed(needed);
  pairs.set_verdict(is_right_nowhere(pairs)
                        ? fmt::format("can't be judged, as {} is right about none of these {} samples",
                                      evaluation.baseline(), grouped(evaluation.samples()))
                        : difference_in_words(evaluation, frame) + "; " + limit_in_words(pairs, frame));
}

std::string list_of(const std::vector<std::string>& names) {
  if (names.size() <= most_names) return fmt::format("{}", fmt::join(names, ", "));
  const std::vector<std::string> first(names.begin(), names.begin() + most_names);
  return fmt::format("{} and {} more", fmt::join(first, ", "), names.size() - most_names);
}

// "Of 27 variants, 13 can't be told apart from food by these 700 samples; 14 are worse: ..."
void add_summaries(goldilocks::Results& results, const Frame& frame) {
  struct Group {
    std::vector<std::string> alike, worse, better;
    const goldilocks::Evaluation* first = nullptr;
  };
  std::map<std::string, Group> groups;  // by baseline
  for (const goldilocks::Variant& variant : results.variants()) {
    if (!is_compared(variant) || is_right_nowhere(variant.evaluation().comparison())) continue;
    Group& group = groups[variant.evaluation().baseline()];
    if (group.first == nullptr) group.first = &variant.evaluation();
    const Standing standing = standing_of(variant.evaluation().comparison());
    (standing == Standing::worse    ? group.worse
     : standing == Standing::better ? group.better
                                    : group.alike)
        .push_back(variant.name());
  }
  for (const auto& [baseline, group] : groups) {
    const std::size_t all = group.alike.size() + group.worse.size() + group.better.size();
    std::string text =
        fmt::format("Of {} {} of {}, {} can't be told apart from it by these {} samples", all,
                    all == 1 ? "variant" : "variants", baseline, group.alike.size(), grouped(group.first->samples()));
    if (!group.alike.empty()) text += ": " + list_of(group.alike);
    const auto add = [&](const std::vector<std::string>& names, const char* how) {
      if (names.empty()) return;
      text += fmt::format("; {} {} {}: {}", names.size(), names.size() == 1 ? "is" : "are", how, list_of(names));
    };
    add(group.better, "better");
    add(group.worse, "worse");
    text +=
        fmt::format(" (McNemar's exact test at {}{})", percent(1 - group.first->comparison().drop().confidence()),
                    frame.compared == 1 ? "" : fmt::format(", adjusted by Holm for {} comparisons", frame.compared));
    results.add_findings(text);
  }
}

void add_chosen(goldilocks::Results& results, const Frame& frame) {
  for (const goldilocks::Variant& variant : results.variants()) {
    if (!is_compared(variant) || variant.name() != results.selection().chosen()) continue;
    const goldilocks::Evaluation& evaluation = variant.evaluation();
    const goldilocks::Comparison& pairs = evaluation.comparison();
    results.add_findings(fmt::format("The chosen {} {}", variant.name(), pairs.verdict()));
    const double discordance = std::max(discordance_of(pairs, evaluation.samples()), frame.limit);
    const auto enough = evaluation::samples_to_notice(frame.limit, discordance, pairs.drop().confidence(), power);
    if (enough == 0) return;
    results.add_findings(fmt::format(
        "A true drop of {} is noticed with {} power by some {} samples, if the two disagree about {} of them, as they "
        "do here; there are {}",
        plain_number(frame.limit), percent(power), rough(enough), percent(discordance), grouped(evaluation.samples())));
    return;
  }
}

void add_small_classes(goldilocks::Results& results) {
  for (const goldilocks::Dataset& dataset : results.datasets()) {
    std::vector<std::string> small;
    for (int i = 0; i < dataset.classes_size() && i < dataset.class_samples_size(); ++i) {
      if (dataset.class_samples(i) < few_samples) small.push_back(dataset.classes(i));
    }
    if (small.empty()) continue;
    results.add_findings(fmt::format("In {}, {} of {} classes {} fewer than {} samples, so that {} says little: {}",
                                     dataset.name(), small.size(), dataset.classes_size(),
                                     small.size() == 1 ? "has" : "have", few_samples,
                                     small.size() == 1 ? "its accuracy" : "their accuracy", list_of(small)));
  }
}

}  // namespace

void state_findings(goldilocks::Results& results) {
  Frame frame;
  if (results.selection().max_drop() > 0) frame.limit = results.selection().max_drop();
  adjust_p_values(results, frame);
  for (goldilocks::Variant& variant : *results.mutable_variants()) {
    if (is_compared(variant)) judge(*variant.mutable_evaluation(), frame);
  }
  results.clear_findings();
  add_broken_answers(results);
  add_summaries(results, frame);
  add_chosen(results, frame);
  if (frame.compared > 0) add_small_classes(results);
}

}  // namespace goldilocks::pipeline
