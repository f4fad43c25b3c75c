#include "markdown_text.hpp"
#include "sections.hpp"

namespace markdown {
namespace {

using goldilocks::Node;

// A table whose rows are the entries of the list; nothing for an empty list.
template <class Row>
std::string listing(const Node& list, const std::vector<Column>& columns, Row row) {
  if (list.empty()) return {};
  std::vector<std::vector<std::string>> rows;
  for (const Node entry : list) rows.push_back(row(entry));
  return '\n' + table(columns, rows);
}

}  // namespace

std::string what_was_run(const Node& results) {
  std::string text = "## What was run\n\n" + escape(results.string("program")) + '\n';
  text +=
      listing(results.find("datasets"), {{"dataset"}, {"samples", true}, {"classes", true}, {"preparation"}, {"path"}},
              [](const Node& dataset) -> std::vector<std::string> {
                return {escape(dataset.string("name")), std::to_string(dataset.integer("samples")),
                        std::to_string(dataset.find("classes").size()), escape(dataset.string("preparation")),
                        code(dataset.string("path"))};
              });
  text += listing(results.find("inputs"), {{"input"}, {"SHA-256"}}, [](const Node& input) -> std::vector<std::string> {
    return {code(input.string("path")), code(input.string("sha256"))};
  });
  text += listing(results.find("plugins"), {{"plugin"}, {"kind"}, {"version"}, {"SHA-256"}},
                  [](const Node& plugin) -> std::vector<std::string> {
                    return {escape(plugin.string("name")), escape(plugin.string("kind")),
                            escape(plugin.string("version")), code(plugin.string("sha256"))};
                  });
  return text;
}

std::string notices(const Node& results) {
  const Node list = results.find("notices");
  if (list.empty()) return {};
  std::string text = "## Notices\n\n";
  for (const Node notice : list) text += "- " + escape(notice.as_string()) + '\n';
  return text;
}

}  // namespace markdown
