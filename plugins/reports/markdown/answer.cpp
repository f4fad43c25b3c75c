#include "markdown_text.hpp"
#include "sections.hpp"

namespace markdown {
namespace {

using goldilocks::Node;

Node find_variant(const Node& results, std::string_view name) {
  for (const Node variant : results.find("variants")) {
    if (variant.string("name") == name) return variant;
  }
  throw goldilocks::BadData("the selection names the variant '" + std::string(name) +
                            "', which the results do not list");
}

// A paragraph of its own; nothing for an empty text.
std::string sentence(std::string_view text, const std::string& introduction) {
  const std::string escaped = escape(text);
  if (escaped.empty()) return {};
  return '\n' + introduction + escaped + (escaped.back() == '.' ? "\n" : ".\n");
}

}  // namespace

std::string answer(const Node& results) {
  const Node selection = results.find("selection");
  if (selection.is_null()) return {};
  const std::string_view chosen = selection.string("chosen");
  std::string text;
  if (chosen.empty()) {
    text = "**No variant passed.**\n";
  } else {
    const Node variant = find_variant(results, chosen);
    const double compression = variant.number("compression");
    const Node proof = results.find("proof");
    const bool failed = !proof.is_null() && !proof.boolean("passed");
    text = (failed ? "**Don't ship " : "**Ship ") + escape(chosen) + "**: " + bytes(variant.integer("sizeBytes"));
    if (compression > 1) text += ", " + fixed(100 - 100 / compression, 1) + " % smaller";
    text += ".\n";
  }
  text += sentence(results.find("proof").string("reason"), "Proof: ");
  text += sentence(selection.string("reason"), "");
  text += sentence(selection.string("runnerUpCost"), "");
  text += sentence(selection.string("rule"), "Rule: ");
  return text;
}

std::string findings(const Node& results) {
  std::string text;
  for (const Node finding : results.find("findings"))
    text.append("- ").append(escape(finding.as_string())).append("\n");
  return text.empty() ? text : "## What the samples can tell\n\n" + text;
}

}  // namespace markdown
