// The page as a file: what it holds, and that it needs nothing else. tests/reports/browser_test.cpp opens it.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/reporting.hpp"

namespace {

using goldilocks::testing::report_text;
using goldilocks::testing::small_results;
using goldilocks::testing::to_json;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view data_begin = R"(<script type="application/json" id="results">)";
constexpr std::string_view data_end = "</script>";

// What a browser takes for the content of the data's element.
std::string data_of(const std::string& page) {
  const std::size_t begin = page.find(data_begin);
  EXPECT_NE(begin, std::string::npos);
  const std::size_t start = begin + data_begin.size();
  return page.substr(start, page.find(data_end, start) - start);
}

TEST(HtmlReport, HoldsTheWholeDocument) {
  const auto document = to_json(small_results());
  EXPECT_EQ(nlohmann::ordered_json::parse(data_of(report_text("html", document))), document);
}

TEST(HtmlReport, NoNameEndsTheElementThatItStandsIn) {
  goldilocks::Results results = small_results();
  for (const char* name : {"</script><script>alert(1)</script>", "<!--<script>", "\"quotes\" & 'others'",
                           "Löffel, 味噌ラーメン", "back\\slash", "line\nbreak"}) {
    results.set_name(name);
    results.mutable_variants(1)->set_name(name);
    const auto document = to_json(results);
    const std::string data = data_of(report_text("html", document));
    EXPECT_EQ(nlohmann::ordered_json::parse(data), document) << name;
    EXPECT_THAT(data, Not(HasSubstr("<"))) << name;
  }
}

TEST(HtmlReport, LoadsNothingFromElsewhere) {
  const std::string page = report_text("html", to_json(small_results()));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("<script src")));
  EXPECT_THAT(page, Not(HasSubstr("<link rel=\"stylesheet\"")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
}

// Chart.js is used under the MIT licence, which asks for its notice.
TEST(HtmlReport, CarriesTheNoticeOfChartJs) {
  EXPECT_THAT(report_text("html", to_json(small_results())), HasSubstr("Chart.js Contributors"));
}

}  // namespace
