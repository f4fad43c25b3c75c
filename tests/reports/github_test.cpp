#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/reporting.hpp"

namespace {

using goldilocks::Results;
using goldilocks::testing::small_results;
using goldilocks::testing::to_json;
using goldilocks::testing::write_report;
using testing::HasSubstr;
using testing::Not;

std::string file(const Results& results, const std::string& name) {
  return write_report("github", to_json(results)).at(name);
}

TEST(GithubReport, SummarizesTheAnswerTheGatesAndTheVariants) {
  Results results = small_results();
  auto& selection = *results.mutable_selection();
  selection.set_runner_up_cost("b would cost more");
  auto& drop = *selection.add_constraints();
  drop.set_metric("mean_drop");
  drop.set_at_most(0.01);
  auto& outcome = *selection.mutable_candidates(0)->add_outcomes();
  outcome.set_passed(true);
  outcome.set_value(0.005);
  outcome.set_bound(0.0075);
  results.mutable_variants(1)->mutable_cost()->set_zip_bytes(1'000'000);
  EXPECT_EQ(file(results, "github/summary.md"), R"(## food101

**Ship food&#95;linear&#95;8**

food&#95;linear&#95;8 is the only one of 2 variants within the limit.

b would cost more.

| | gate | limit | food&#95;linear&#95;8 | held against the limit |
| --- | --- | ---: | ---: | ---: |
| ✅ | mean&#95;drop | at most 0.0100 | 0.0050 | 0.0075 |

<details><summary>All variants</summary>

| variant | size | as a zip | accuracy | drop | |
| --- | ---: | ---: | ---: | ---: | --- |
| food | 4.94 MB |  | 0.8200 |  |  |
| food&#95;linear&#95;8 | 1.24 MB | 1.00 MB | 0.8150 | 0.0050 | chosen |
| food&#95;lut&#95;1 | 160 kB |  | 0.5000 | 0.3200 | its mean accuracy drops by 0.32, over the limit of 0.01 |
| food&#95;linear&#95;16 |  |  |  |  | layer &#39;conv1&#39;: a weight of 70000 is beyond float16 |

</details>
)");
}

TEST(GithubReport, AProofThatFailedIsTheHeadlineAndAnError) {
  const Results failed = goldilocks::testing::results_with_proof(false);
  const std::string summary = file(failed, "github/summary.md");
  EXPECT_THAT(summary, HasSubstr("**The gate failed: food&#95;linear&#95;8 was chosen, but its proof failed**\n\n"
                                 "on 400 samples it doesn&#39;t keep the limit.\n"));
  EXPECT_THAT(summary, HasSubstr("The proof, on 400 samples of images/prove:\n"));
  EXPECT_THAT(summary, HasSubstr("| ❌ | mean&#95;drop | at most 0.0200 | 0.0125 | 0.0275 |"));
  EXPECT_THAT(file(failed, "github/annotations.txt"),
              HasSubstr("::error title=food101::on 400 samples it doesn't keep the limit\n"));
  const Results passed = goldilocks::testing::results_with_proof(true);
  EXPECT_THAT(file(passed, "github/summary.md"),
              HasSubstr("**Ship food&#95;linear&#95;8**\n\non 400 samples it keeps"));
  EXPECT_THAT(file(passed, "github/annotations.txt"),
              HasSubstr("::notice title=food101::on 400 samples it keeps the limit\n"));
}

TEST(GithubReport, AnnotatesTheOutcomeErrorsAndNotices) {
  Results results = small_results();
  EXPECT_EQ(file(results, "github/annotations.txt"),
            "::notice title=food101::food_linear_8 is the only one of 2 variants within the limit\n"
            "::error title=food101::food_linear_16: layer 'conv1': a weight of 70000 is beyond float16\n"
            "::warning title=food101::linear_symmetric has no width 4: left out\n");
  results.mutable_selection()->clear_chosen();
  EXPECT_THAT(file(results, "github/annotations.txt"), HasSubstr("::error title=food101::food_linear_8 is"));
  EXPECT_THAT(file(results, "github/summary.md"), HasSubstr("**The gate failed: no variant is within the limits**"));
}

TEST(GithubReport, NamesEndNothingAndMarkNothingUp) {
  Results results;
  const std::string name = "a, \"b\": 100% <b>|x|</b>\n::error::é";
  results.set_name(name);
  results.add_variants()->set_name(name);
  results.mutable_variants(0)->set_error(name);
  EXPECT_EQ(
      file(results, "github/annotations.txt"),
      "::error title=a%2C \"b\"%3A 100%25 <b>|x|</b>%0A%3A%3Aerror%3A%3Aé::a, \"b\": 100%25 <b>|x|</b>%0A::error::é: "
      "a, \"b\": 100%25 <b>|x|</b>%0A::error::é\n");
  const std::string summary = file(results, "github/summary.md");
  EXPECT_THAT(summary,
              HasSubstr("## a, &#34;b&#34;: 100% &#60;b&#62;&#124;x&#124;&#60;/b&#62; &#58;&#58;error&#58;&#58;é\n"));
  EXPECT_THAT(summary, Not(HasSubstr("<b>")));
}

TEST(GithubReport, ReadsAMissingFieldAsItsDefault) {
  Results results = small_results();
  results.clear_notices();
  results.mutable_selection()->clear_chosen();
  EXPECT_EQ(write_report("github", to_json(results, false)), write_report("github", to_json(results)));
}

}  // namespace
