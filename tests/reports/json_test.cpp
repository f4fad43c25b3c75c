#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/reporting.hpp"

namespace {

using goldilocks::testing::report_text;
using goldilocks::testing::small_results;
using goldilocks::testing::to_json;
using nlohmann::ordered_json;

// Any document: nested lists and maps of all kinds of values.
ordered_json any_value(std::mt19937& random, int depth) {
  const auto any_text = [&] {
    static const std::vector<std::string> pieces = {"a", "\"", "\\", "/", "\n", "\x01", "\x1f", "\x7f", "é", "犬", "😀"};
    std::string text;
    while (random() % 5 != 0) text += pieces[random() % pieces.size()];
    return text;
  };
  switch (random() % (depth > 0 ? 7U : 5U)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<std::int64_t>((std::uint64_t{random()} << 32U) + random());
    case 3:
      return std::ldexp(static_cast<double>(random()) - 2e9, static_cast<int>(random() % 400) - 200);
    case 4:
      return any_text();
    case 5: {
      ordered_json list = ordered_json::array();
      while (random() % 4 != 0) list.push_back(any_value(random, depth - 1));
      return list;
    }
    default: {
      ordered_json map = ordered_json::object();
      while (random() % 4 != 0) map[any_text()] = any_value(random, depth - 1);
      return map;
    }
  }
}

TEST(JsonReport, HoldsTheDocumentAsItIs) {
  EXPECT_EQ(ordered_json::parse(report_text("json", to_json(small_results()))), to_json(small_results()));
}

TEST(JsonReport, WritesALinePerEntryUnlessToldOtherwise) {
  const auto document = ordered_json::parse(R"({"a": [1, -2.5], "b": {}, "c": [], "d": {"e": true, "f": null}})");
  EXPECT_EQ(report_text("json", document, {{"indent", std::int64_t{1}}}),
            "{\n \"a\": [\n  1,\n  -2.5\n ],\n \"b\": {},\n \"c\": [],\n "
            "\"d\": {\n  \"e\": true,\n  \"f\": null\n }\n}\n");
  EXPECT_EQ(report_text("json", document, {{"indent", std::int64_t{0}}}),
            "{\"a\":[1,-2.5],\"b\":{},\"c\":[],\"d\":{\"e\":true,\"f\":null}}\n");
}

TEST(JsonReport, EscapesWhatJsonCannotHold) {
  const ordered_json document = {{"k\"\\", "a\nb\tc\rd\x01\x1f /é"}};
  EXPECT_EQ(report_text("json", document, {{"indent", std::int64_t{0}}}),
            "{\"k\\\"\\\\\":\"a\\nb\\tc\\rd\\u0001\\u001f /é\"}\n");
}

TEST(JsonReport, KeepsNumbersOfEachKindAndHasNullForThoseThatAreNone) {
  ordered_json document = {1, 1.0, 0.1, 1e300, std::numeric_limits<std::int64_t>::min()};
  document.push_back(std::numeric_limits<double>::quiet_NaN());
  document.push_back(-std::numeric_limits<double>::infinity());
  EXPECT_EQ(report_text("json", document, {{"indent", std::int64_t{0}}}),
            "[1,1.0,0.1,1e+300,-9223372036854775808,null,null]\n");
}

TEST(JsonReport, ReadsBackAsAnyDocumentThatWasWritten) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 60; ++round) {
    const ordered_json document = any_value(random, 4);
    for (const std::int64_t indent : {0, 3}) {
      const ordered_json read = ordered_json::parse(report_text("json", document, {{"indent", indent}}));
      ASSERT_EQ(read, document);
      ASSERT_EQ(read.dump(),
                document.dump());  // the same order of keys and kinds of numbers
    }
  }
}

}  // namespace
