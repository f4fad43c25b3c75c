#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/reports/reporting.hpp"

namespace {

using goldilocks::Results;
using goldilocks::Variant;
using goldilocks::testing::report_text;
using goldilocks::testing::small_results;
using goldilocks::testing::to_json;
using testing::HasSubstr;
using testing::Not;

std::string page(const Results& results) { return report_text("markdown", to_json(results)); }

// A page on which the name stands alone in the cell of a table.
std::string cell_of(const std::string& name) {
  Results results;
  results.add_variants()->set_name(name);
  results.mutable_variants(0)->set_file("m.mlmodel");
  const std::string text = page(results);
  const std::size_t start = text.find("---: |\n| ") + 9;
  return text.substr(start, text.find(" | | | 0 B |") - start);
}

TEST(MarkdownReport, BeginsWithTheAnswerAndShowsEverything) {
  EXPECT_EQ(page(small_results()), R"(# food101

**Ship food_linear_8**: 1.24 MB, 75.0 % smaller.

food_linear_8 is the only one of 2 variants within the limit.

Rule: smallest file with a mean accuracy drop of at most 0.01.

## Variants

| variant | function | bits | size | smaller | mean accuracy | drop | agreement |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
| food | | 32 | 4.94 MB | | 0.8200 | | |
| **food_linear_8** | linear | 8 | 1.24 MB | 75.0 % | 0.8150 | 0.0050 | 0.9900 |
| food_lut_1 | linear_lut (range=half_open) | 1 | 160 kB | 96.8 % | 0.5000 | 0.3200 | 0.4550 |

Mean accuracy is the mean of the classes' accuracies; drop is what it lost, and agreement the share of samples with the same first answer, both against the full-precision model.

## What failed

- food_linear_16: layer 'conv1': a weight of 70000 is beyond float16

## Accuracy per class

| variant | french fries | sushi |
| --- | ---: | ---: |
| food | 0.6400 | 1.0000 |
| food_linear_8 | 0.6300 | 1.0000 |
| food_lut_1 | 0.0000 | 1.0000 |

## What was run

goldilocks 0.1.0

| dataset | samples | classes | preparation | path |
| --- | ---: | ---: | --- | --- |
| images | 200 | 2 | center_crop, bilinear, 227 x 227 | `images` |

| input | SHA-256 |
| --- | --- |
| `models/food.mlmodel` | `aa11` |

| plugin | kind | version | SHA-256 |
| --- | --- | --- | --- |
| linear | quantizer | 0.1.0 | `bb22` |
| onednn | backend | 0.1.0 | `cc33` |

## Notices

- linear_symmetric has no width 4: left out
)");
}

TEST(MarkdownReport, ShowsIntervalsTestsCostsAndHowEachFaredInTheSelection) {
  const std::string text = page(goldilocks::testing::results_with_figures());
  EXPECT_THAT(text, HasSubstr(R"(
there is no runner-up.

Rule: smallest file with a mean accuracy drop of at most 0.01.

## What the samples can tell

- These samples can't tell food_linear_8 from food

## Variants

| variant | function | bits | size | as a zip | smaller | mean accuracy | drop | agreement | KL | adjusted p | limits |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
| food | | 32 | 4.94 MB | | | 0.8200 | | | | | on the front |
| **food_linear_8** | linear | 8 | 1.24 MB | 1.10 MB | 75.0 % | 0.8150 (0.7550 to 0.8630) | 0.0050 (-0.0100 to 0.0200) | 0.9900 (0.9640 to 0.9970) | 1.2e-04 | 1.0000 | chosen; on the front |
| food_lut_1 | linear_lut (range=half_open) | 1 | 160 kB | 150 kB | 96.8 % | 0.5000 (0.4300 to 0.5700) | 0.3200 (0.2600 to 0.3900) | 0.4550 | | 2.0e-19 | breaks mean_drop, agreement |

)"));
  EXPECT_THAT(text, HasSubstr("Adjusted p is McNemar's, for all variants together. In parentheses are intervals.\n"));
}

TEST(MarkdownReport, SaysWhatWasProved) {
  EXPECT_THAT(
      page(goldilocks::testing::results_with_proof(true)),
      HasSubstr("**Ship food_linear_8**: 1.24 MB, 75.0 % smaller.\n\nProof: on 400 samples it keeps the limit.\n"));
  EXPECT_THAT(page(goldilocks::testing::results_with_proof(false)), HasSubstr("**Don't ship food_linear_8**: 1.24 MB"));
}

TEST(MarkdownReport, SaysWhenNothingPassed) {
  Results results = small_results();
  results.mutable_selection()->clear_chosen();
  results.mutable_selection()->set_reason("the nearest was food_linear_8");
  EXPECT_THAT(page(results), HasSubstr("**No variant passed.**\n\nthe nearest was food_linear_8.\n"));
}

TEST(MarkdownReport, LeavesOutWhatTheRunDidNotDo) {
  Results results;
  results.set_name("plain");
  results.set_program("goldilocks 0.1.0");
  Variant& variant = *results.add_variants();
  variant.set_name("m");
  variant.set_file("m.mlmodel");
  variant.set_bits(32);
  variant.set_size_bytes(999);
  EXPECT_EQ(page(results),
            "# plain\n\n## Variants\n\n| variant | function | bits | size | smaller "
            "|\n| --- | --- | ---: | ---: | ---: "
            "|\n| m | | 32 | 999 B | |\n\n## What was run\n\ngoldilocks 0.1.0\n");
}

TEST(MarkdownReport, SaysHowALoadedFileIsStoredThatIsQuantized) {
  Results results = small_results();
  results.mutable_variants(0)->set_form("float32");
  EXPECT_THAT(page(results), HasSubstr("| variant | function | bits |"));
  results.mutable_variants(2)->clear_function();
  results.mutable_variants(2)->set_bits(0);
  results.mutable_variants(2)->set_form("mixed 4-8 bits");
  EXPECT_THAT(page(results), HasSubstr("| variant | function | form | bits |"));
  EXPECT_THAT(page(results), HasSubstr("| food | | | 32 |"));
  EXPECT_THAT(page(results), HasSubstr("mixed 4-8 bits | | 160 kB |"));
}

TEST(MarkdownReport, ShowsAVariantThatCouldNotBeEvaluatedInBothPlaces) {
  Results results = small_results();
  results.mutable_variants(2)->clear_evaluation();
  results.mutable_variants(2)->set_error("the backend stopped");
  EXPECT_THAT(page(results),
              testing::AllOf(HasSubstr("| 160 kB | 96.8 % | | | |\n"),
                             HasSubstr("## What failed\n\n- food_lut_1: the backend stopped\n- food_l")));
}

TEST(MarkdownReport, RoundsSizesToThreeDigits) {
  const auto size_of = [](std::uint32_t bytes) {
    Results results;
    results.add_variants()->set_size_bytes(bytes);
    results.mutable_variants(0)->set_file("m.mlmodel");
    const std::string text = page(results);
    const std::size_t start = text.find("---: |\n| | | | ") + 15;
    return text.substr(start, text.find(" |", start) - start);
  };
  EXPECT_EQ(size_of(0), "0 B");
  EXPECT_EQ(size_of(999), "999 B");
  EXPECT_EQ(size_of(1000), "1.00 kB");
  EXPECT_EQ(size_of(9994), "9.99 kB");
  EXPECT_EQ(size_of(9996), "10.0 kB");
  EXPECT_EQ(size_of(99960), "100 kB");
  EXPECT_EQ(size_of(999499), "999 kB");
  EXPECT_EQ(size_of(999500), "1.00 MB");
  EXPECT_EQ(size_of(2000000000), "2.00 GB");
}

TEST(MarkdownReport, HasNoNegativeZero) {
  Results results = small_results();
  results.mutable_variants(1)->mutable_evaluation()->set_mean_drop(-0.00001);
  results.mutable_variants(2)->mutable_evaluation()->set_mean_drop(-0.01);
  EXPECT_THAT(page(results), testing::AllOf(Not(HasSubstr("-0.0000")), HasSubstr("| -0.0100 |")));
}

TEST(MarkdownReport, KeepsNamesReadableWhereTheyMeanNothing) {
  EXPECT_EQ(cell_of("food_linear_8"), "food_linear_8");
  EXPECT_EQ(cell_of("crème brûlée (v1.5), 50 % - 犬"), "crème brûlée (v1.5), 50 % - 犬");
}

TEST(MarkdownReport, TakesTheMeaningFromMarkup) {
  EXPECT_EQ(cell_of("a|b"), "a\\|b");
  EXPECT_EQ(cell_of("<b>&amp;"), "&lt;b&gt;&amp;amp;");
  EXPECT_EQ(cell_of("*a* `b` _c_ ~d~ [e](f) \\"), "\\*a\\* \\`b\\` \\_c\\_ \\~d\\~ \\[e\\](f) \\\\");
  EXPECT_EQ(cell_of("# 1\n2\t3"), "\\# 1 2 3");
  EXPECT_EQ(cell_of("- x"), "\\- x");
  EXPECT_EQ(cell_of("12. x"), "12\\. x");
  EXPECT_EQ(cell_of("  x  "), "x");
}

TEST(MarkdownReport, KeepsPathsWholeInCodeSpans) {
  Results results;
  for (const char* path : {"a|b", "a`b", "`", "a``b` c"}) results.add_inputs()->set_path(path);
  const std::string text = page(results);
  EXPECT_THAT(text, HasSubstr("| `a\\|b` |"));
  EXPECT_THAT(text, HasSubstr("| `` a`b `` |"));
  EXPECT_THAT(text, HasSubstr("| `` ` `` |"));
  EXPECT_THAT(text, HasSubstr("| ``` a``b` c ``` |"));
}

// Whatever the names hold, the page has the same lines, its tables the same
// cells, and no HTML.
TEST(MarkdownReport, KeepsItsShapeForAnyName) {
  const auto shape = [](const std::string& text) {
    std::string cells_per_line;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::size_t cells = 0;
      for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') {
          ++i;
        } else if (line[i] == '|') {
          ++cells;
        }
      }
      cells_per_line += std::to_string(cells) + ' ';
    }
    return cells_per_line;
  };
  const std::string expected = shape(page(small_results()));
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string alphabet = "ab|\\`<>&*_#-\n\r\t 1.";
  const auto any_name = [&] {
    std::string name = "n";
    while (random() % 8 != 0) name += alphabet[random() % alphabet.size()];
    return name;
  };
  for (int round = 0; round < 50; ++round) {
    Results results = small_results();
    results.set_name(any_name());
    results.mutable_datasets(0)->set_classes(0, any_name());
    results.mutable_variants(0)->set_name(any_name());
    results.mutable_variants(3)->set_error(any_name());
    results.mutable_inputs(0)->set_path("n");
    results.set_notices(0, any_name());
    const std::string text = page(results);
    ASSERT_EQ(shape(text), expected) << text;
    ASSERT_EQ(text.find_first_of("<>"), std::string::npos) << text;
  }
}

TEST(MarkdownReport, NamesDatasetsWhereThereAreSeveral) {
  Results results = small_results();
  *results.add_datasets() = results.datasets(0);
  results.mutable_datasets(1)->set_name("night");
  results.mutable_variants(2)->mutable_evaluation()->set_dataset("night");
  const std::string text = page(results);
  EXPECT_THAT(text, HasSubstr("## Accuracy per class\n\n### images\n\n| variant"));
  EXPECT_THAT(text, HasSubstr("| food_linear_8 | 0.6300 | 1.0000 |\n\n### night\n\n| variant"));
}

TEST(MarkdownReport, HasNoTableForMoreClassesThanTheLimit) {
  const std::string text = report_text("markdown", to_json(small_results()), {{"class_limit", std::int64_t{1}}});
  EXPECT_THAT(text, HasSubstr("## Accuracy per class\n\nThe figures of 2 "
                              "classes are in results.json.\n"));
  EXPECT_THAT(text, Not(HasSubstr("| variant | french fries")));
  EXPECT_EQ(report_text("markdown", to_json(small_results()), {{"class_limit", std::int64_t{2}}}),
            page(small_results()));
}

TEST(MarkdownReport, RefusesADocumentThatContradictsItself) {
  Results unknown = small_results();
  unknown.mutable_selection()->set_chosen("nobody");
  EXPECT_THAT([&] { page(unknown); },
              testing::ThrowsMessage<goldilocks::PluginError>(HasSubstr("the variant 'nobody'")));
  Results too_many = small_results();
  too_many.mutable_variants(1)->mutable_evaluation()->add_class_accuracy(0.5);
  EXPECT_THAT([&] { page(too_many); }, testing::ThrowsMessage<goldilocks::PluginError>(
                                           HasSubstr("'food_linear_8' has 3 class accuracies for 2 classes")));
}

}  // namespace
