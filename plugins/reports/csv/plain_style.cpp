#include "class_figures.hpp"
#include "csv_text.hpp"
#include "styles.hpp"

namespace csv {
namespace {

using goldilocks::Node;

// "range=half_open; seed=1"
std::string options_text(const Node& options) {
  std::string text;
  for (const auto& [key, value] : options.entries()) {
    if (!text.empty()) text += "; ";
    text.append(key).append("=").append(value.as_string());
  }
  return text;
}

struct Column {
  const char* key;              // in the document, and in the header
  bool is_real = false;         // not an integer, even where the document writes it as one
  bool is_of_the_file = false;  // of no meaning without a file, even if the
                                // document holds a default
};

constexpr Column of_variant[] = {{"name"},
                                 {"file"},
                                 {"model"},
                                 {"function"},
                                 {"bits"},
                                 {.key = "sizeBytes", .is_of_the_file = true},
                                 {.key = "compression", .is_real = true, .is_of_the_file = true}};
constexpr Column of_evaluation[] = {{"dataset"},
                                    {"backend"},
                                    {"samples"},
                                    {.key = "meanAccuracy", .is_real = true},
                                    {.key = "accuracy", .is_real = true},
                                    {.key = "top5Accuracy", .is_real = true},
                                    {.key = "meanDrop", .is_real = true},
                                    {.key = "top1Agreement", .is_real = true},
                                    {"baseline"}};

// The column's value as a field; empty where there is none.
std::string figure(const Node& map, const Column& column) {
  const Node value = map.find(column.key);
  if (value.is_null()) return "";
  if (value.is_string()) return field(value.as_string());
  return column.is_real ? number(value.as_number()) : std::to_string(value.as_integer());
}

}  // namespace

std::string plain_style(const Node& results) {
  const std::vector<ClassFigures> figures = class_figures(results);
  const std::vector<std::string> classes = class_names(figures);
  const std::string_view chosen = results.find("selection").string("chosen");

  std::string text;
  for (const Column& column : of_variant) text.append(column.key).append(",");
  text += "options,";
  for (const Column& column : of_evaluation) text.append(column.key).append(",");
  text += "chosen,error";
  for (const std::string& name : classes) text += ',' + field("accuracy of " + name);
  text += "\r\n";

  std::size_t index = 0;
  for (const Node variant : results.find("variants")) {
    const ClassFigures& own = figures[index++];
    const bool has_file = !variant.string("file").empty();
    for (const Column& column : of_variant) {
      if (has_file || !column.is_of_the_file) text += figure(variant, column);
      text += ',';
    }
    text += field(options_text(variant.find("options"))) + ',';
    for (const Column& column : of_evaluation) text += figure(variant.find("evaluation"), column) + ',';
    text += variant.string("name") == chosen && !chosen.empty() ? "true," : "false,";
    text += field(variant.string("error"));
    for (const std::string& name : classes) {
      const auto found = own.find(name);
      text += ',';
      if (found != own.end()) text += number(found->second);
    }
    text += "\r\n";
  }
  return text;
}

}  // namespace csv
