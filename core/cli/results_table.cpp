#include "core/cli/results_table.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "core/cli/table.hpp"

namespace goldilocks::cli {
namespace {

// "62.0 %", or "1.6 % larger".
std::string percent_smaller(double compression) {
  if (compression <= 0) return "";
  const double share = 100 * (1 - 1 / compression);
  return share < 0 ? fmt::format("{:.1f} % larger", -share) : fmt::format("{:.1f} %", share);
}

// Without the sign of a zero that rounding made.
std::string four_decimals(double value) {
  const std::string text = fmt::format("{:.4f}", value);
  return text == "-0.0000" ? "0.0000" : text;
}

std::string three_decimals(double value) {
  const std::string text = fmt::format("{:.3f}", value);
  return text == "-0.000" ? "0.000" : text;
}

std::string in_words(const Interval& interval) {
  return fmt::format("{} .. {}", three_decimals(interval.lower()), three_decimals(interval.upper()));
}

// The interval of a figure, if the document has it.
std::string range_of(const Evaluation& evaluation, std::string_view metric) {
  for (const Figure& figure : evaluation.figures()) {
    if (figure.metric() == metric && figure.has_interval()) return in_words(figure.interval());
  }
  return "";
}

// "95 %", that of the first interval.
std::string confidence_title(const Results& results) {
  for (const Variant& variant : results.variants()) {
    for (const Figure& figure : variant.evaluation().figures()) {
      if (figure.has_interval()) return fmt::format("{:g} %", 100 * figure.interval().confidence());
    }
  }
  return "interval";
}

std::string p_value(double p) { return p >= 0.001 ? fmt::format("{:.3f}", p) : fmt::format("{:.0e}", p); }

// Four digits that count; exact 0 and 1 without a fraction.
std::string significant(double value) { return std::isnan(value) ? "nan" : fmt::format("{:.4g}", value); }

}  // namespace

std::string variants_table(const Results& results, bool coloured) {
  struct Cell {
    std::string title;
    Align align = Align::right;
    std::function<std::string(const Variant&)> text;
  };
  const auto evaluated = [](const auto& text) {
    return [text](const Variant& variant) { return variant.has_evaluation() ? text(variant.evaluation()) : ""; };
  };
  const std::string& chosen = results.selection().chosen();
  const std::vector<Cell> cells = {
      {"", Align::left, [&](const Variant& v) { return !chosen.empty() && chosen == v.name() ? "*" : ""; }},
      {"variant", Align::left, [](const Variant& v) { return v.name(); }},
      {"size", Align::right, [](const Variant& v) { return v.file().empty() ? "" : human_bytes(v.size_bytes()); }},
      {"smaller", Align::right,
       [](const Variant& v) {
         return v.file().empty() || v.function().empty() ? "" : percent_smaller(v.compression());
       }},
      {"accuracy", Align::right,
       evaluated([](const Evaluation& e) { return e.has_mean_accuracy() ? four_decimals(e.mean_accuracy()) : ""; })},
      {confidence_title(results), Align::right,
       evaluated([](const Evaluation& e) { return range_of(e, "mean_accuracy"); })},
      {"drop", Align::right,
       evaluated([](const Evaluation& e) { return e.has_mean_drop() ? four_decimals(e.mean_drop()) : ""; })},
      {confidence_title(results), Align::right, evaluated([](const Evaluation& e) {
         return e.has_comparison() ? in_words(e.comparison().drop()) : std::string();
       })},
      {"p", Align::right, evaluated([](const Evaluation& e) {
         return e.has_comparison() ? p_value(e.comparison().adjusted_p_value()) : std::string();
       })},
      {"agreement", Align::right,
       evaluated([](const Evaluation& e) { return e.has_top1_agreement() ? four_decimals(e.top1_agreement()) : ""; })},
      {confidence_title(results), Align::right,
       evaluated([](const Evaluation& e) { return range_of(e, "top1_agreement"); })},
      {"error", Align::left, [](const Variant& v) { return v.error(); }}};
  std::vector<const Cell*> shown;
  std::vector<Table::Column> columns;
  for (const Cell& cell : cells) {
    const bool always = shown.size() < 4;
    if (!always && std::all_of(results.variants().begin(), results.variants().end(),
                               [&](const Variant& variant) { return cell.text(variant).empty(); })) {
      continue;
    }
    shown.push_back(&cell);
    columns.push_back({cell.title, cell.align});
  }
  Table table(columns);
  for (const Variant& variant : results.variants()) {
    std::vector<std::string> row;
    row.reserve(shown.size());
    for (const Cell* cell : shown) row.push_back(cell->text(variant));
    table.add_row(std::move(row), !chosen.empty() && chosen == variant.name());
  }
  return table.text(coloured);
}

std::string figures_table(const Evaluation& evaluation) {
  std::string confidence = "interval";
  for (const Figure& figure : evaluation.figures()) {
    if (figure.has_interval()) confidence = fmt::format("{:g} %", 100 * figure.interval().confidence());
  }
  Table table({{"metric"}, {"value", Align::right}, {confidence, Align::right}});
  for (const Figure& figure : evaluation.figures()) {
    const std::string interval = figure.has_interval() ? fmt::format("{} .. {}", significant(figure.interval().lower()),
                                                                     significant(figure.interval().upper()))
                                                       : "";
    table.add_row({figure.metric(), significant(figure.value()), interval});
  }
  std::string text = table.text();
  if (evaluation.unanswered() > 0) {
    text += fmt::format("no finite answer for {} of {} samples\n", evaluation.unanswered(), evaluation.samples());
  }
  return text;
}

std::string tensors_table(const std::vector<pipeline::TensorReport>& tensors) {
  Table table({{"layer"},
               {"parameter"},
               {"weights", Align::right},
               {"before"},
               {"after"},
               {"bytes before", Align::right},
               {"bytes after", Align::right},
               {"squared error", Align::right},
               {"note"}});
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  for (const pipeline::TensorReport& tensor : tensors) {
    table.add_row({tensor.layer, tensor.parameter, fmt::format("{}", tensor.count), tensor.before, tensor.after,
                   fmt::format("{}", tensor.bytes_before), fmt::format("{}", tensor.bytes_after),
                   fmt::format("{:.6g}", tensor.squared_error), tensor.note});
    before += tensor.bytes_before;
    after += tensor.bytes_after;
  }
  table.add_row({"total", "", "", "", "", fmt::format("{}", before), fmt::format("{}", after), "", ""});
  return table.text();
}

std::string evaluation_text(const Evaluation& evaluation, const Dataset& dataset) {
  const bool with_intervals = evaluation.class_intervals_size() == evaluation.class_accuracy_size();
  Table table({{"class"}, {"samples", Align::right}, {"accuracy", Align::right}, {"interval", Align::right}});
  for (int i = 0; i < dataset.classes_size() && i < evaluation.class_accuracy_size(); ++i) {
    table.add_row({dataset.classes(i), fmt::format("{}", dataset.class_samples(i)),
                   fmt::format("{:.4f}", evaluation.class_accuracy(i)),
                   with_intervals ? in_words(evaluation.class_intervals(i)) : ""});
  }
  std::string text = dataset.classes_size() == 0 ? "" : table.text() + "\n";
  text += figures_table(evaluation);
  text += fmt::format("\n{} samples, {}backend {}\n", evaluation.samples(),
                      dataset.preparation().empty() ? "" : dataset.preparation() + ", ", evaluation.backend());
  for (const UnusableSample& sample : dataset.unusable()) {
    text += fmt::format("not usable: {}: {}\n", sample.id(), sample.reason());
  }
  return text;
}

}  // namespace goldilocks::cli
