// The html report in a real browser: no error, every chart drawn and told in words, the table sorts, all texts as they
// are. Skipped where chromium is missing.
#include "tests/reports/browser.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/reporting.hpp"

namespace {

using goldilocks::testing::find_browser;
using goldilocks::testing::look_at_page;
using goldilocks::testing::report_text;
using goldilocks::testing::results_with_figures;
using goldilocks::testing::results_with_proof;
using goldilocks::testing::small_results;
using goldilocks::testing::to_json;
using testing::ElementsAre;
using testing::Ge;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Texts = std::vector<std::string>;

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
    EXPECT_NEAR(seen["width"].get<int>(), width, 20) << "but for a scroll bar";
    EXPECT_EQ(seen["overflow"], 0) << "the page is wider than its window";
    EXPECT_THAT(seen["wide"], IsEmpty()) << seen["wide"];
    for (const char* charts : {"charts", "chartsAfter"}) {
      for (const auto& chart : seen[charts]) {
        EXPECT_EQ(chart["cut"], 0) << chart;
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
  EXPECT_EQ(seen["headings"].get<Texts>(), (Texts{"tradeoff", "classes", "widths", "variants", "run"}));
  // The trade-off, all functions at one width, a figure over the widths.
  EXPECT_THAT(seen["charts"], SizeIs(3));
  EXPECT_THAT(seen["text"].get<std::string>(), HasSubstr("linear_symmetric has no width 4: left out"));
}

TEST_F(HtmlInBrowser, SortsTheTableBothWaysAndPutsWhatHasNoFigureLast) {
  const auto rows = look(to_json(small_results()))["rows"];
  const std::string chosen = "food_linear_8 (chosen)";
  EXPECT_EQ(rows["before"].get<Texts>(), (Texts{"food", chosen, "food_lut_1", "food_linear_16"}));
  EXPECT_EQ(rows["bySize"].get<Texts>(), (Texts{"food_lut_1", chosen, "food", "food_linear_16"}));
  EXPECT_EQ(rows["bySizeDown"].get<Texts>(), (Texts{"food", chosen, "food_lut_1", "food_linear_16"}));
  EXPECT_EQ(rows["byName"].get<Texts>(), (Texts{"food", chosen, "food_linear_16", "food_lut_1"}));
  EXPECT_EQ(rows["byDrop"].get<Texts>(), (Texts{chosen, "food_lut_1", "food", "food_linear_16"}));
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t i = 0; (i = text.find(part, i)) != std::string::npos; i += part.size()) ++found;
  return found;
}

TEST_F(HtmlInBrowser, SaysTheVerdictOnTheChosenOneOnce) {
  goldilocks::Results results = results_with_figures();
  const std::string verdict = results.variants(1).evaluation().comparison().verdict();
  EXPECT_EQ(count(look(to_json(results))["text"].get<std::string>(), verdict), 1U) << "not among the findings";
  results.add_findings("of the chosen one: " + verdict);
  EXPECT_EQ(count(look(to_json(results))["text"].get<std::string>(), verdict), 1U) << "a finding says it";
}

TEST_F(HtmlInBrowser, ShowsSensitivitiesAndMixedWidths) {
  goldilocks::Results results = results_with_figures();
  auto& sensitivity = *results.add_sensitivities();
  sensitivity.set_model("food");
  sensitivity.set_function("linear");
  sensitivity.set_metric("kl");
  sensitivity.set_samples(100);
  for (const std::uint32_t bits : {4U, 8U}) sensitivity.add_bits(bits);
  auto& variant = *results.add_variants();
  variant = results.variants(1);
  variant.set_name("food_mixed");
  variant.set_bits(0);
  auto& mixed = *results.add_mixed();
  mixed.set_variant("food_mixed");
  mixed.set_target("at most 900000 bytes");
  mixed.set_rules_file("food_mixed.rules.yaml");
  for (const auto& [layer, at_four] : {std::pair{"conv1", 0.25}, {"fc", std::nan("")}}) {
    auto& tensor = *sensitivity.add_tensors();
    tensor.set_layer(layer);
    tensor.set_parameter("weights");
    tensor.add_divergence(at_four);
    tensor.add_divergence(0.00001);
    auto& width = *mixed.add_widths();
    width.set_layer(layer);
    width.set_parameter("weights");
    width.set_bits(std::isnan(at_four) ? 8 : 6);
  }
  for (const int width : {1280, 390}) {
    const auto seen = look(to_json(results), width);
    EXPECT_THAT(seen["headings"].get<Texts>(), testing::IsSupersetOf({"sensitivity", "mixed"}));
    EXPECT_THAT(seen["charts"][0]["series"].get<Texts>(),
                ElementsAre("linear", "linear, mixed widths", "linear_lut", "full precision", "not beaten in both"));
    const auto text = seen["text"].get<std::string>();
    EXPECT_THAT(text, HasSubstr("the most sensitive is conv1 weights"));
    EXPECT_THAT(text, HasSubstr("conv1 weights2.5e−11.0e−5fc weights1.0e−5")) << "none for a width it can't have";
    EXPECT_THAT(text, HasSubstr("food_mixed: at most 900000 bytes."));
    EXPECT_THAT(text, HasSubstr("conv1 weights6fc weights8"));
  }
}

// Two tables of 4 and 6 bits and one file of mixed widths, loaded beside the model that they are compared with.
TEST_F(HtmlInBrowser, JoinsLoadedFilesByWhatTheyAre) {
  goldilocks::Results results = results_with_figures();
  results.mutable_variants(0)->set_form("float32");
  for (const auto& [name, bits, form] : {std::tuple{"ready_4", 4U, "4 bit table"},
                                         {"ready_6", 6U, "6 bit table"},
                                         {"ready_mixed", 0U, "mixed 4-8 bits"}}) {
    auto& variant = *results.add_variants();
    variant = results.variants(1);
    variant.set_name(name);
    variant.clear_function();
    variant.clear_model();
    variant.set_bits(bits);
    variant.set_form(form);
  }
  const auto seen = look(to_json(results));
  EXPECT_THAT(seen["charts"][0]["series"].get<Texts>(),
              ElementsAre("linear", "linear_lut", "table", "mixed widths", "full precision", "not beaten in both"));
  EXPECT_THAT(seen["text"].get<std::string>(), HasSubstr("ready_mixedmixed 4-8 bits4-8"));
}

TEST_F(HtmlInBrowser, SaysWhatIsTakenForWhatOfManyClasses) {
  goldilocks::Results results = results_with_figures();
  auto& dataset = *results.mutable_datasets(0);
  for (int i = 2; i < 100; ++i) {
    dataset.add_classes("class " + std::to_string(i));
    dataset.add_class_samples(1);
  }
  for (auto& variant : *results.mutable_variants()) {
    if (!variant.has_evaluation()) continue;
    for (int i = 2; i < 100; ++i) variant.mutable_evaluation()->add_class_accuracy(1);
    for (const auto& [of_class, column, count] : {std::tuple{0U, 0U, 90U}, {0U, 57U, 7U}, {3U, 100U, 2U}}) {
      auto& cell = *variant.mutable_evaluation()->add_confusion_cells();
      cell.set_class_(of_class);
      cell.set_column(column);
      cell.set_count(count);
    }
  }
  const auto text = look(to_json(results))["text"].get<std::string>();
  EXPECT_THAT(text, HasSubstr("most often french fries is taken for class 57 (7)"));
  EXPECT_THAT(text, HasSubstr("class 3other2"));
}

TEST_F(HtmlInBrowser, StatesTheFiguresOfTheProof) {
  const auto passed = look(to_json(results_with_proof(true)));
  EXPECT_THAT(passed["answer"].get<std::string>(), HasSubstr("Ship food_linear_8"));
  const auto text = passed["text"].get<std::string>();
  EXPECT_THAT(text, HasSubstr("Proof: on 400 samples it keeps the limit."));
  EXPECT_THAT(text, HasSubstr("Mean accuracy0.7777"));
  EXPECT_THAT(text, HasSubstr("1 sample of 400 of images/prove to which food_linear_8"));
  EXPECT_THAT(text, HasSubstr("ramen/2.jpg"));
  const auto failed = look(to_json(results_with_proof(false)));
  EXPECT_EQ(failed["answer"], "Don't ship food_linear_8: it was chosen, but its proof failed.");
  EXPECT_EQ(failed["title"], "food101: food_linear_8 (proof failed)");
}

TEST_F(HtmlInBrowser, ShowsTheSamplesThatDifferAsImages) {
  auto document = to_json(results_with_figures());
  // One white pixel.
  document["variants"][1]["evaluation"]["differences"][0]["thumbnail"] =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==";
  const auto seen = look(document);
  ASSERT_THAT(seen["images"], SizeIs(1));
  EXPECT_EQ(seen["images"][0]["width"], 1) << "it was decoded";
  EXPECT_EQ(seen["images"][0]["alternative"], "a sample of sushi");
  const auto text = seen["text"].get<std::string>();
  EXPECT_THAT(text, HasSubstr("food: sushi ✓ (60\u00a0%)"));
  EXPECT_THAT(text, HasSubstr("now: ramen ✗ (55\u00a0%)"));
}

TEST_F(HtmlInBrowser, HasOneSetOfDarkColours) {
  const std::string page = report_text("html", to_json(small_results()));
  EXPECT_EQ(count(page, "--page:"), 2U) << "light and dark";
  const auto seen = look(to_json(small_results()));
  EXPECT_NE(seen["backgrounds"][0], seen["backgrounds"][1]) << "the button changes them";
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
  EXPECT_EQ(seen["headings"].get<Texts>(), (Texts{"variants", "run"}));
  EXPECT_EQ(seen["answer"], "4 model files, not evaluated.");

  results = small_results();
  results.mutable_selection()->clear_chosen();
  EXPECT_EQ(look(to_json(results))["answer"], "No variant passed.");
}

TEST_F(HtmlInBrowser, TakesAnEmptyDocument) {
  EXPECT_THAT(look(nlohmann::ordered_json::object())["headings"].get<Texts>(), ElementsAre("run"));
}

}  // namespace
