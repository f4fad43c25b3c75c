#include <cstdlib>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "tests/reports/reporting.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using goldilocks::Results;
using goldilocks::testing::report_text;
using goldilocks::testing::small_results;
using goldilocks::testing::to_json;
using testing::HasSubstr;

std::string junit(const Results& results) { return report_text("junit", to_json(results)); }

// small_results() with two limits.
Results with_limits() {
  Results results = small_results();
  auto& selection = *results.mutable_selection();
  auto& drop = *selection.add_constraints();
  drop.set_metric("mean_drop");
  drop.set_at_most(0.01);
  auto& agreement = *selection.add_constraints();
  agreement.set_metric("agreement");
  agreement.set_at_least(0.995);
  for (auto& candidate : *selection.mutable_candidates()) {
    for (const double value : {0.005, 0.99}) {
      auto& outcome = *candidate.add_outcomes();
      outcome.set_passed(value < 0.5);
      outcome.set_value(value);
      outcome.set_bound(value);
    }
  }
  return results;
}

TEST(JunitReport, HasATestCaseForEachGateAndEachVariant) {
  Results results = with_limits();
  for (auto& candidate : *results.mutable_selection()->mutable_candidates()) {
    candidate.mutable_outcomes(1)->set_passed(true);
  }
  EXPECT_EQ(junit(results), R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="food101" tests="7" failures="0" errors="1">
  <testsuite name="food101: gates" tests="3" failures="0" errors="0">
    <testcase classname="food101: gates" name="a variant is within the limits"/>
    <testcase classname="food101: gates" name="mean_drop at most 0.01"/>
    <testcase classname="food101: gates" name="agreement at least 0.995"/>
  </testsuite>
  <testsuite name="food101: variants" tests="4" failures="0" errors="1">
    <testcase classname="food101: variants" name="food"/>
    <testcase classname="food101: variants" name="food_linear_8"/>
    <testcase classname="food101: variants" name="food_lut_1"/>
    <testcase classname="food101: variants" name="food_linear_16">
      <error message="layer 'conv1': a weight of 70000 is beyond float16">layer 'conv1': a weight of 70000 is beyond float16</error>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST(JunitReport, AFailedGateFailsTheLimitsThatTheNearestMissBreaks) {
  Results results = with_limits();
  results.mutable_selection()->clear_chosen();
  results.mutable_selection()->set_nearest("food_linear_8");
  results.mutable_selection()->set_reason("none passed");
  const std::string text = junit(results);
  EXPECT_THAT(text, HasSubstr(R"(<testsuite name="food101: gates" tests="3" failures="2" errors="0">)"));
  EXPECT_THAT(text, HasSubstr(R"(<failure message="none passed">none passed</failure>)"));
  EXPECT_THAT(text, HasSubstr(R"(name="mean_drop at most 0.01"/>)"));
  EXPECT_THAT(text, HasSubstr(R"(<failure message="food_linear_8, the nearest miss, has 0.99">)"));
}

TEST(JunitReport, AProofIsASuiteOfItsOwn) {
  EXPECT_THAT(junit(goldilocks::testing::results_with_proof(true)),
              HasSubstr(R"(<testsuite name="food101: proof" tests="2" failures="0" errors="0">
    <testcase classname="food101: proof" name="food_linear_8 keeps the limits"/>
    <testcase classname="food101: proof" name="mean_drop at most 0.02"/>
  </testsuite>)"));
  EXPECT_THAT(junit(goldilocks::testing::results_with_proof(false)),
              HasSubstr(R"(<testsuite name="food101: proof" tests="2" failures="2" errors="0">
    <testcase classname="food101: proof" name="food_linear_8 keeps the limits">
      <failure message="on 400 samples it doesn't keep the limit">)"));
}

TEST(JunitReport, AFigureThatIsNoNumberIsWrittenAsAWord) {
  Results results = with_limits();
  results.mutable_selection()->clear_chosen();
  results.mutable_selection()->set_nearest("food_linear_8");
  results.mutable_selection()->mutable_candidates(0)->mutable_outcomes(1)->set_bound(
      std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(junit(results), HasSubstr("the nearest miss, has NaN"));
}

TEST(JunitReport, NamesComeOutAsTheyAreForAnXmlReader) {
  const goldilocks::testing::TemporaryFolder folder;
  Results results;
  const std::string name = "crêpe \"à l'œuf\", <b>&amp;</b> ]]> 寿司\n\x01 end";
  results.set_name(name);
  results.add_variants()->set_name(name);
  results.mutable_variants(0)->set_error(name);
  goldilocks::write_file_atomically(folder.path() / "junit.xml", junit(results));
  goldilocks::write_file_atomically(folder.path() / "read.py", R"(
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
name = 'crêpe "à l\'œuf", <b>&amp;</b> ]]> 寿司\n\ufffd end'
case = root[0][0]
assert root.get('name') == name, repr(root.get('name'))
assert case.get('name') == name and case[0].text == name and case[0].get('message') == name
)");
  EXPECT_EQ(
      std::system(
          ("python3 " + (folder.path() / "read.py").string() + " " + (folder.path() / "junit.xml").string()).c_str()),
      0);
}

}  // namespace
