#pragma once

#include <set>
#include <string>

#include <gmock/gmock.h>

#include "core/formats/coreml/validate.hpp"

namespace goldilocks::model {

// The ids of the rules that a model breaks, each once.
inline std::set<std::string> broken_rules(const spec::Model& model) {
  std::set<std::string> rules;
  for (const Violation& violation : validate(model)) rules.insert(violation.rule);
  return rules;
}

// All violations, for a failing test's message.
inline std::string violations_text(const spec::Model& model) {
  std::string text;
  for (const Violation& violation : validate(model)) text += violation.text() + "\n";
  return text;
}

// Expects that the model breaks this rule and no other.
inline void expect_only(const spec::Model& model, const std::string& rule, const char* what = "") {
  EXPECT_THAT(broken_rules(model), ::testing::ElementsAre(rule)) << what << '\n' << violations_text(model);
}

inline void expect_valid(const spec::Model& model, const char* what = "") {
  EXPECT_THAT(broken_rules(model), ::testing::IsEmpty()) << what << '\n' << violations_text(model);
}

}  // namespace goldilocks::model
