// The html report in a real browser: no error, every chart drawn and told in words, the table sorts, all texts as they
// are. Skipped where chromium is missing.
#include "tests/reports/browser.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/reporting.hpp"

namespace {

using goldilocks::testing::find_browser;
using goldilocks::testing::look_at_page;
using goldilocks::testing::report_text;
using goldilocks::testing::small_results;
using goldilocks::testing::to_json;
using testing::ElementsAre;
using testing::Ge;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using Names = std::vector<std::string>;

class HtmlInBrowser : public testing::Test {
 protected:
  void SetUp() override {
    browser_ = find_browser();
    if (!browser_)
      GTEST_SKIP() << "no chromium here: the html report was not opened in a browser (apt install chromium)";
  }

  nlohmann::json look(const nlohmann::ordered_json& document, int width = 1280) const {
    nlohmann::json seen = look_at_page(browser_.value(), report_text("html", document), width);
    EXPECT_THAT(seen["errors"], IsEmpty()) << seen["errors"];
    EXPECT_THAT(seen["console"], IsEmpty()) << seen["console"];
    EXPECT_THAT(seen["unnamed"], IsEmpty()) << seen["unnamed"];
    EXPECT_EQ(seen["overflow"], 0) << "the page is wider than its window";
    for (const char* charts : {"charts", "chartsAfter"}) {
      for (const auto& chart : seen[charts]) {
        EXPECT_THAT(chart["drawn"].get<int>(), Gt(1000)) << chart;
        EXPECT_THAT(chart["alternative"].get<std::string>().size(), Gt(40U)) << chart;
        EXPECT_THAT(chart["table"].get<int>(), Ge(1)) << chart;
      }
    }
    return seen;
  }

 private:
  std::optional<std::filesystem::path> browser_;
};

TEST_F(HtmlInBrowser, OpensWithTheAnswerAndDrawsEveryChart) {
  const auto seen = look(to_json(small_results()));
  EXPECT_EQ(seen["answer"], "Ship food_linear_8: 1.24\u00a0MB, 75\u00a0% smaller than food.");
  EXPECT_EQ(seen["title"], "food101: food_linear_8");
  EXPECT_EQ(seen["headings"].get<Names>(), (Names{"tradeoff", "classes", "widths", "variants", "run"}));
  // The trade-off, all functions at one width, a figure over the widths.
  EXPECT_THAT(seen["charts"], SizeIs(3));
  EXPECT_THAT(seen["text"].get<std::string>(), HasSubstr("linear_symmetric has no width 4: left out"));
}

TEST_F(HtmlInBrowser, SortsTheTableBothWaysAndPutsWhatHasNoFigureLast) {
  const auto rows = look(to_json(small_results()))["rows"];
  const std::string chosen = "food_linear_8 (chosen)";
  EXPECT_EQ(rows["before"].get<Names>(), (Names{"food", chosen, "food_lut_1", "food_linear_16"}));
  EXPECT_EQ(rows["bySize"].get<Names>(), (Names{"food_lut_1", chosen, "food", "food_linear_16"}));
  EXPECT_EQ(rows["bySizeDown"].get<Names>(), (Names{"food", chosen, "food_lut_1", "food_linear_16"}));
  EXPECT_EQ(rows["byName"].get<Names>(), (Names{"food", chosen, "food_linear_16", "food_lut_1"}));
  EXPECT_EQ(rows["byDrop"].get<Names>(), (Names{chosen, "food_lut_1", "food", "food_linear_16"}));
}

TEST_F(HtmlInBrowser, FitsAPhone) {
  const auto seen = look(to_json(small_results()), 390);
  EXPECT_THAT(seen["charts"], SizeIs(3));
}

TEST_F(HtmlInBrowser, ShowsNamesAsTheyAre) {
  const std::string name = R"(a "b" <img src=x onerror=alert(1)>, </script><!-- & 'c' Löffel 味噌)";
  goldilocks::Results results = small_results();
  results.set_name(name);
  results.mutable_variants(1)->set_name(name);
  results.mutable_selection()->set_chosen(name);
  results.mutable_datasets(0)->set_classes(0, name);
  results.mutable_variants(3)->set_error(name);
  const auto seen = look(to_json(results));
  EXPECT_EQ(seen["answer"], "Ship " + name + ": 1.24\u00a0MB, 75\u00a0% smaller than food.");
  EXPECT_EQ(seen["rows"]["before"][1], name + " (chosen)");
  EXPECT_THAT(seen["images"], IsEmpty());
  EXPECT_THAT(seen["text"].get<std::string>(), HasSubstr("food_linear_16: " + name));
}

TEST_F(HtmlInBrowser, LeavesOutWhatTheDocumentLacks) {
  goldilocks::Results results = small_results();
  results.clear_selection();
  for (auto& variant : *results.mutable_variants()) variant.clear_evaluation();
  const auto seen = look(to_json(results, false));
  EXPECT_EQ(seen["headings"].get<Names>(), (Names{"variants", "run"}));
  EXPECT_EQ(seen["answer"], "4 model files, not evaluated.");

  results = small_results();
  results.mutable_selection()->clear_chosen();
  EXPECT_EQ(look(to_json(results))["answer"], "No variant passed.");
}

TEST_F(HtmlInBrowser, TakesAnEmptyDocument) {
  EXPECT_THAT(look(nlohmann::ordered_json::object())["headings"].get<Names>(), ElementsAre("run"));
}

}  // namespace
