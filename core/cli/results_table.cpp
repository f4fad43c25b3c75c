#include "core/cli/results_table.hpp"

#include <fmt/format.h>

#include "core/cli/table.hpp"

namespace goldilocks::cli {
namespace {

std::string percent_smaller(double compression) {
  return compression <= 0 ? "" : fmt::format("{:.1f} %", 100 * (1 - 1 / compression));
}

// Without the sign of a zero that rounding made.
std::string four_decimals(double value) {
  const std::string text = fmt::format("{:.4f}", value);
  return text == "-0.0000" ? "0.0000" : text;
}

}  // namespace

std::string variants_table(const Results& results) {
  bool evaluated = false;
  bool failed = false;
  for (const Variant& variant : results.variants()) {
    evaluated = evaluated || variant.has_evaluation();
    failed = failed || !variant.error().empty();
  }
  std::vector<Table::Column> columns = {{""}, {"variant"}, {"size", Align::right}, {"smaller", Align::right}};
  if (evaluated) {
    columns.push_back({"accuracy", Align::right});
    columns.push_back({"drop", Align::right});
    columns.push_back({"agreement", Align::right});
  }
  if (failed) columns.push_back({"error"});
  Table table(columns);
  for (const Variant& variant : results.variants()) {
    const bool chosen = results.has_selection() && results.selection().chosen() == variant.name();
    const bool exists = variant.error().empty();
    std::vector<std::string> row = {
        chosen ? "*" : "", variant.name(), exists ? human_bytes(variant.size_bytes()) : "",
        exists && !variant.function().empty() ? percent_smaller(variant.compression()) : ""};
    if (evaluated) {
      const Evaluation& figures = variant.evaluation();
      const bool has = variant.has_evaluation();
      const bool compared = has && !variant.function().empty();
      row.push_back(figures.has_mean_accuracy() ? four_decimals(figures.mean_accuracy()) : "");
      row.push_back(compared && figures.has_mean_drop() ? four_decimals(figures.mean_drop()) : "");
      row.push_back(compared ? four_decimals(figures.top1_agreement()) : "");
    }
    if (failed) row.push_back(variant.error());
    table.add_row(std::move(row));
  }
  return table.text();
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
  Table table({{"class"}, {"images", Align::right}, {"accuracy", Align::right}});
  for (int i = 0; i < dataset.classes_size() && i < evaluation.class_accuracy_size(); ++i) {
    table.add_row({dataset.classes(i), fmt::format("{}", dataset.class_samples(i)),
                   fmt::format("{:.4f}", evaluation.class_accuracy(i))});
  }
  std::string text = table.text();
  text += fmt::format(
      "\nmean over classes  {:.4f}\nover all images    {:.4f}\nin the top five    {:.4f}\n"
      "{} images, {}, backend {}\n",
      evaluation.mean_accuracy(), evaluation.accuracy(), evaluation.top5_accuracy(), evaluation.samples(),
      dataset.preparation(), evaluation.backend());
  for (const UnusableSample& sample : dataset.unusable()) {
    text += fmt::format("not usable: {}: {}\n", sample.id(), sample.reason());
  }
  return text;
}

}  // namespace goldilocks::cli
