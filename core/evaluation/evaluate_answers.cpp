#include "core/evaluation/evaluate_answers.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace goldilocks::evaluation {
namespace {

// A figure of a resample of sequences, in which all positions of a sequence occur as often as it does.
Statistic of_sequences(Statistic of_positions, std::span<const std::uint32_t> group_of) {
  return [of_positions = std::move(of_positions), group_of](std::span<const std::uint32_t> counts) {
    std::vector<std::uint32_t> positions(group_of.size());
    for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = counts[group_of[i]];
    return of_positions(positions);
  };
}

std::vector<Metric> wanted_metrics(const Answers& answers, const FigureSettings& settings) {
  std::vector<Metric> wanted;
  if (settings.metrics.empty() && settings.added.empty()) {
    wanted = metrics();
    std::erase_if(wanted, [&](const Metric& metric) { return answers.samples < metric.usual_from; });
  }
  std::vector<std::string> names = settings.metrics;
  for (const std::string& name : settings.also) {
    const bool is_there = std::ranges::find(wanted, name, &Metric::name) != wanted.end();
    if (settings.metrics.empty() && !is_there) names.push_back(name);
  }
  for (const std::string& name : names) {
    if (name == confusion_name) continue;
    auto metric = find_metric(name);
    if (!metric) throw std::invalid_argument("there is no metric '" + name + "'");
    wanted.push_back(std::move(*metric));
  }
  const std::size_t labels = count_labels(answers);
  std::erase_if(wanted, [&](const Metric& metric) {
    // The K first of no more than K labels are all of them, whatever the model answers.
    const std::size_t first = top_of(metric.name);
    return !has(answers, metric.needs) || (first > 1 && first >= labels);
  });
  wanted.insert(wanted.end(), settings.added.begin(), settings.added.end());
  return wanted;
}

}  // namespace

std::vector<FigureValue> compute_figures(const Answers& answers, const FigureSettings& settings, ThreadPool& pool) {
  const std::vector<Metric> wanted = wanted_metrics(answers, settings);
  std::vector<Measured> measured(wanted.size());
  pool.parallel_for(wanted.size(),
                    [&](std::size_t i) { measured[i] = wanted[i].measure(answers, settings.confidence); });
  std::vector<Statistic> statistics;
  std::vector<std::size_t> bootstrapped;  // indexes of their metrics
  for (std::size_t i = 0; i < measured.size(); ++i) {
    if (!measured[i].statistic) continue;
    statistics.push_back(answers.groups > 0 ? of_sequences(measured[i].statistic, answers.group_of)
                                            : measured[i].statistic);
    bootstrapped.push_back(i);
  }
  const std::size_t units = answers.groups > 0 ? answers.groups : answers.samples;
  const Resampler resampler = has(answers, Needs::classes) ? Resampler(answers.truth, settings.bootstrap.seed)
                                                           : Resampler(units, settings.bootstrap.seed);
  const auto intervals =
      bootstrap_intervals(resampler, statistics, settings.bootstrap.resamples, settings.confidence, pool);
  for (std::size_t i = 0; i < intervals.size(); ++i) measured[bootstrapped[i]].interval = intervals[i];

  std::vector<FigureValue> figures;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    figures.push_back({wanted[i].name, measured[i].value, measured[i].interval, wanted[i].against_baseline(),
                       wanted[i].larger_is_better});
  }
  return figures;
}

std::vector<ConfusionCell> confusion_cells(const Answers& answers) {
  const auto classes = static_cast<std::uint32_t>(answers.model_class.size());
  std::vector<std::uint32_t> column_of(answers.width, classes);
  for (std::uint32_t c = 0; c < classes; ++c) column_of[answers.model_class[c]] = c;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> counts;
  for (std::size_t i = 0; i < answers.samples; ++i) {
    const std::uint32_t answer = answers.answers[i];
    ++counts[{answers.truth[i], answer == no_answer ? classes : column_of[answer]}];
  }
  std::vector<ConfusionCell> cells;
  cells.reserve(counts.size());
  for (const auto& [place, count] : counts) cells.push_back({place.first, place.second, count});
  return cells;
}

std::vector<PairedCounts> paired_counts(const Answers& before, const Answers& after) {
  std::vector<PairedCounts> classes(after.model_class.size());
  for (std::size_t i = 0; i < after.samples; ++i) {
    classes[after.truth[i]].add(is_right(before, i), is_right(after, i));
  }
  return classes;
}

}  // namespace goldilocks::evaluation
