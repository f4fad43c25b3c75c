// JUnit's XML, as continuous integration reads it. One suite has the gates: that a variant was chosen, and each limit,
// held against the chosen variant, or, if there is none, against the nearest miss. The other suite has the variants: an
// error for each that could not be made or evaluated. There are no times, so that the same results give the same bytes.
#include <string>
#include <vector>

#include <goldilocks/plugin.hpp>
#include <goldilocks/report_file.hpp>

#include "xml_text.hpp"

namespace {

using goldilocks::Node;

struct Case {
  std::string name;
  std::string kind;     // "failure", "error", or "" if it passed
  std::string message;  // of a failure or an error
};

struct Suite {
  std::string name;
  std::vector<Case> cases;

  std::size_t count(const std::string& kind) const {
    std::size_t found = 0;
    for (const Case& entry : cases) found += entry.kind == kind ? 1 : 0;
    return found;
  }
};

// A number as short as it reads back; a word where it is none ("NaN").
std::string number(const Node& node) {
  if (node.is_string()) return std::string(node.as_string());
  std::string text = std::to_string(node.as_number());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string limit_name(const Node& constraint) {
  const bool at_most = !constraint.find("atMost").is_null();
  return std::string(constraint.string("metric")) + (at_most ? " at most " : " at least ") +
         number(constraint.at(at_most ? "atMost" : "atLeast"));
}

Node find_candidate(const Node& selection, std::string_view name) {
  for (const Node candidate : selection.find("candidates")) {
    if (candidate.string("variant") == name) return candidate;
  }
  return {};
}

Suite gates(const Node& selection, const std::string& name) {
  Suite suite{name + ": gates", {}};
  const std::string chosen(selection.string("chosen"));
  const std::string reason(selection.string("reason"));
  suite.cases.push_back({"a variant is within the limits", chosen.empty() ? "failure" : "", reason});
  const std::string judged = chosen.empty() ? std::string(selection.string("nearest")) : chosen;
  const Node outcomes = find_candidate(selection, judged).find("outcomes");
  const Node constraints = selection.find("constraints");
  for (std::size_t i = 0; i < constraints.size() && i < outcomes.size(); ++i) {
    Case gate{limit_name(constraints[i]), "", ""};
    if (!outcomes[i].boolean("passed")) {
      gate.kind = "failure";
      gate.message = judged + ", the nearest miss, has " + number(outcomes[i].at("bound"));
    }
    suite.cases.push_back(std::move(gate));
  }
  return suite;
}

// What was chosen against the same limits, on samples that took no part in the choice.
Suite proof_suite(const Node& proof, const std::string& name) {
  Suite suite{name + ": proof", {}};
  const std::string variant(proof.string("variant"));
  suite.cases.push_back(
      {variant + " keeps the limits", proof.boolean("passed") ? "" : "failure", std::string(proof.string("reason"))});
  const Node constraints = proof.find("constraints");
  const Node outcomes = proof.find("outcomes");
  for (std::size_t i = 0; i < constraints.size() && i < outcomes.size(); ++i) {
    Case gate{limit_name(constraints[i]), "", ""};
    if (!outcomes[i].boolean("passed")) {
      gate.kind = "failure";
      gate.message = variant + " has " + number(outcomes[i].at("bound"));
    }
    suite.cases.push_back(std::move(gate));
  }
  return suite;
}

Suite variants(const Node& results, const std::string& name) {
  Suite suite{name + ": variants", {}};
  for (const Node variant : results.find("variants")) {
    const std::string error(variant.string("error"));
    suite.cases.push_back({std::string(variant.string("name")), error.empty() ? "" : "error", error});
  }
  return suite;
}

std::string attribute(const char* name, std::string_view value) {
  return std::string(" ") + name + "=\"" + junit::escape(value) + '"';
}

std::string counts(std::size_t tests, std::size_t failures, std::size_t errors) {
  return attribute("tests", std::to_string(tests)) + attribute("failures", std::to_string(failures)) +
         attribute("errors", std::to_string(errors));
}

std::string text_of(const Suite& suite) {
  std::string text = "  <testsuite" + attribute("name", suite.name) +
                     counts(suite.cases.size(), suite.count("failure"), suite.count("error")) + ">\n";
  for (const Case& entry : suite.cases) {
    text += "    <testcase" + attribute("classname", suite.name) + attribute("name", entry.name);
    if (entry.kind.empty()) {
      text += "/>\n";
      continue;
    }
    text += ">\n      <" + entry.kind + attribute("message", entry.message) + ">" + junit::escape(entry.message) +
            "</" + entry.kind + ">\n    </testcase>\n";
  }
  return text + "  </testsuite>\n";
}

class Junit final : public goldilocks::Report {
 public:
  void declare(goldilocks::Options& options) override {
    options.output("path", &path_, "the file to write, inside the run's folder");
  }

  void write(const Node& results, const std::filesystem::path& folder) override {
    const std::string name = results.string("name").empty() ? "goldilocks" : std::string(results.string("name"));
    std::vector<Suite> suites;
    const Node selection = results.find("selection");
    if (!selection.is_null()) suites.push_back(gates(selection, name));
    const Node proof = results.find("proof");
    if (!proof.is_null()) suites.push_back(proof_suite(proof, name));
    suites.push_back(variants(results, name));
    std::size_t tests = 0;
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::string body;
    for (const Suite& suite : suites) {
      tests += suite.cases.size();
      failures += suite.count("failure");
      errors += suite.count("error");
      body += text_of(suite);
    }
    goldilocks::write_report_file(folder, path_,
                                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + attribute("name", name) +
                                      counts(tests, failures, errors) + ">\n" + body + "</testsuites>\n");
  }

 private:
  std::string path_ = "junit.xml";
};

}  // namespace

GOLDILOCKS_REPORT(Junit, "junit", "JUnit's XML for continuous integration: each limit a test case")
