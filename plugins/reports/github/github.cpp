// Two files for a GitHub workflow: a summary to append to $GITHUB_STEP_SUMMARY, and annotations to print, as a report
// may write nowhere but into its folder. docs/release-chain.md has the two lines of shell.
#include <string>
#include <string_view>

#include <goldilocks/plugin.hpp>
#include <goldilocks/report_file.hpp>

#include "github_text.hpp"

namespace {

using github::escape;
using goldilocks::Node;

// A word where a figure is no number ("NaN").
std::string figure(const Node& node, int decimals) {
  return node.is_string() ? escape(node.as_string()) : github::fixed(node.as_number(), decimals);
}

std::string figure_of(std::string_view metric, const Node& node) {
  const bool is_size = metric == "size" || metric == "zip_size";
  return is_size && node.is_number() ? github::bytes(static_cast<std::int64_t>(node.as_number())) : figure(node, 4);
}

Node entry_of(const Node& list, const char* key, std::string_view name) {
  for (const Node entry : list) {
    if (entry.string(key) == name) return entry;
  }
  return {};
}

std::string sentence(std::string_view text) {
  if (text.empty()) return {};
  std::string line = escape(text);
  line.insert(line.begin(), '\n');
  return line.append(".\n");
}

bool proof_failed(const Node& results) {
  const Node proof = results.find("proof");
  return !proof.is_null() && !proof.boolean("passed");
}

std::string answer(const Node& results) {
  const Node selection = results.find("selection");
  const std::string_view chosen = selection.string("chosen");
  std::string text;
  if (chosen.empty()) {
    text = "**The gate failed: no variant is within the limits**\n";
  } else if (proof_failed(results)) {
    text = "**The gate failed: " + escape(chosen) + " was chosen, but its proof failed**\n";
  } else {
    text = "**Ship " + escape(chosen) + "**\n";
  }
  return text + sentence(results.find("proof").string("reason")) + sentence(selection.string("reason")) +
         sentence(selection.string("runnerUpCost"));
}

// Each limit against what was judged.
std::string gate_table(const Node& constraints, const Node& outcomes, std::string_view judged) {
  if (outcomes.empty()) return {};
  std::string text =
      "\n| | gate | limit | " + escape(judged) + " | held against the limit |\n| --- | --- | ---: | ---: | ---: |\n";
  for (std::size_t i = 0; i < constraints.size() && i < outcomes.size(); ++i) {
    const std::string_view metric = constraints[i].string("metric");
    const Node most = constraints[i].find("atMost");
    const Node limit = most.is_null() ? constraints[i].at("atLeast") : most;
    text += std::string("| ") + (outcomes[i].boolean("passed") ? "✅" : "❌") + " | " + escape(metric) +
            (most.is_null() ? " | at least " : " | at most ") + figure_of(metric, limit) + " | " +
            figure_of(metric, outcomes[i].at("value")) + " | " + figure_of(metric, outcomes[i].at("bound")) + " |\n";
  }
  return text;
}

// Of the chosen variant, or the nearest miss; below it those of the proof.
std::string gates(const Node& results) {
  const Node selection = results.find("selection");
  const std::string_view chosen = selection.string("chosen");
  const std::string_view judged = chosen.empty() ? selection.string("nearest") : chosen;
  std::string text = gate_table(selection.find("constraints"),
                                entry_of(selection.find("candidates"), "variant", judged).find("outcomes"), judged);
  const Node proof = results.find("proof");
  if (proof.is_null()) return text;
  const Node evaluation = proof.find("evaluation");
  return text + "\nThe proof, on " + std::to_string(evaluation.integer("samples")) + " samples of " +
         escape(evaluation.string("dataset")) + ":\n" +
         gate_table(proof.find("constraints"), proof.find("outcomes"), proof.string("variant"));
}

std::string variants(const Node& results) {
  const Node candidates = results.find("selection").find("candidates");
  std::string text = "\n| variant | size | as a zip | accuracy | drop | |\n| --- | ---: | ---: | ---: | ---: | --- |\n";
  for (const Node variant : results.find("variants")) {
    const std::string_view name = variant.string("name");
    const std::string_view error = variant.string("error");
    const Node evaluation = variant.find("evaluation");
    const Node cost = variant.find("cost");
    const Node accuracy = evaluation.find("meanAccuracy");
    const Node drop = evaluation.find("meanDrop");
    text += "| " + escape(name) + " | " +
            (variant.string("file").empty() ? "" : github::bytes(variant.integer("sizeBytes"))) + " | " +
            (cost.is_null() ? "" : github::bytes(cost.integer("zipBytes"))) + " | " +
            (accuracy.is_null() ? "" : figure(accuracy, 4)) + " | " + (drop.is_null() ? "" : figure(drop, 4)) + " | " +
            escape(error.empty() ? entry_of(candidates, "variant", name).string("reason") : error) + " |\n";
  }
  return "\n<details><summary>All variants</summary>\n" + text + "\n</details>\n";
}

std::string annotations(const Node& results, const std::string& title) {
  std::string text;
  const Node selection = results.find("selection");
  if (!selection.is_null()) {
    const bool passed = !selection.string("chosen").empty();
    text += github::annotation(passed ? "notice" : "error", title, selection.string("reason"));
    const std::string_view proof = results.find("proof").string("reason");
    if (!proof.empty()) text += github::annotation(proof_failed(results) ? "error" : "notice", title, proof);
  }
  for (const Node variant : results.find("variants")) {
    const std::string_view error = variant.string("error");
    if (error.empty()) continue;
    text += github::annotation("error", title, std::string(variant.string("name")) + ": " + std::string(error));
  }
  for (const Node notice : results.find("notices")) text += github::annotation("warning", title, notice.as_string());
  return text;
}

class Github final : public goldilocks::Report {
 public:
  void declare(goldilocks::Options& options) override {
    options.output("path", &summary_, "the summary of the step, inside the run's folder");
    options.output("annotations", &annotations_, "the annotations, one workflow command a line");
  }

  void write(const Node& results, const std::filesystem::path& folder) override {
    const std::string name(results.string("name"));
    const std::string title = name.empty() ? "goldilocks" : name;
    const Node selection = results.find("selection");
    std::string page = "## " + escape(title) + "\n";
    if (!selection.is_null()) page += "\n" + answer(results) + gates(results);
    page += variants(results);
    goldilocks::write_report_file(folder, summary_, page);
    goldilocks::write_report_file(folder, annotations_, annotations(results, title));
  }

 private:
  std::string summary_ = "github/summary.md";
  std::string annotations_ = "github/annotations.txt";
};

}  // namespace

GOLDILOCKS_REPORT(Github, "github", "a GitHub step summary, and annotations as workflow commands")
