#include "core/plugins/options.hpp"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace goldilocks::plugins {
namespace {

OptionSpec spec(OptionType type) {
  OptionSpec made;
  made.name = "strength";
  made.help = "how much";
  made.type = type;
  switch (type) {
    case OptionType::boolean:
      made.default_value = false;
      break;
    case OptionType::integer:
      made.default_value = std::int64_t{3};
      break;
    case OptionType::number:
      made.default_value = 0.5;
      break;
    case OptionType::numbers:
      made.default_value = std::vector<double>{1};
      break;
    default:
      made.default_value = std::string();
  }
  return made;
}

OptionSpec bounded(OptionType type, std::optional<double> minimum, std::optional<double> maximum) {
  OptionSpec made = spec(type);
  made.minimum = minimum;
  made.maximum = maximum;
  return made;
}

OptionSpec choice() {
  OptionSpec made = spec(OptionType::choice);
  made.choices = {"closed", "half_open"};
  made.default_value = std::string("closed");
  return made;
}

OptionValue parse(const OptionSpec& of, const std::string& text) { return parse_option(of, {text, {}}, "/base"); }

std::string error_of(const OptionSpec& of, const RawOption& raw) {
  try {
    parse_option(of, raw, "/base");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ParseOption, ReadsEachType) {
  EXPECT_EQ(parse(spec(OptionType::boolean), "true"), OptionValue(true));
  EXPECT_EQ(parse(spec(OptionType::boolean), "False"), OptionValue(false));
  EXPECT_EQ(parse(spec(OptionType::integer), "-7"), OptionValue(std::int64_t{-7}));
  EXPECT_EQ(parse(spec(OptionType::integer), "+7"), OptionValue(std::int64_t{7}));
  EXPECT_EQ(parse(spec(OptionType::number), "1e-3"), OptionValue(1e-3));
  EXPECT_EQ(parse(spec(OptionType::number), "4"), OptionValue(4.0));
  EXPECT_EQ(parse(spec(OptionType::string), " as it is, 1 "), OptionValue(std::string(" as it is, 1 ")));
  EXPECT_EQ(parse(choice(), "half_open"), OptionValue(std::string("half_open")));
  EXPECT_EQ(parse(spec(OptionType::numbers), "1, 2.5,-3"), OptionValue(std::vector<double>{1, 2.5, -3}));
  EXPECT_EQ(parse(spec(OptionType::numbers), ""), OptionValue(std::vector<double>{}));
}

TEST(ParseOption, ReadsAListOfNumbersFromAList) {
  EXPECT_EQ(parse_option(spec(OptionType::numbers), {"", std::vector<std::string>{"1", "2e1"}}, "/"),
            OptionValue(std::vector<double>{1, 20}));
}

TEST(ParseOption, ResolvesPathsAgainstTheBase) {
  EXPECT_EQ(parse(spec(OptionType::path), "tables/../a.npy"), OptionValue(std::string("/base/a.npy")));
  EXPECT_EQ(parse(spec(OptionType::path), "/else/a.npy"), OptionValue(std::string("/else/a.npy")));
  EXPECT_EQ(parse(spec(OptionType::path), ""), OptionValue(std::string()));
}

TEST(ParseOption, SaysWhatIsWrongAndWhatIsAllowed) {
  EXPECT_EQ(error_of(spec(OptionType::boolean), {"yep", {}}), "option 'strength': 'yep' is neither true nor false");
  EXPECT_EQ(error_of(spec(OptionType::integer), {"1.5", {}}), "option 'strength': '1.5' is not an integer");
  EXPECT_EQ(error_of(spec(OptionType::integer), {"99999999999999999999", {}}),
            "option 'strength': 99999999999999999999 does not fit into 64 bits");
  EXPECT_EQ(error_of(spec(OptionType::number), {"wide", {}}), "option 'strength': 'wide' is not a number");
  EXPECT_EQ(error_of(choice(), {"half-open", {}}),
            "option 'strength': 'half-open' is none of closed, half_open; did you mean 'half_open'?");
  EXPECT_EQ(error_of(spec(OptionType::integer), {"", std::vector<std::string>{"1"}}),
            "option 'strength': takes one value, not a list");
  EXPECT_EQ(error_of(spec(OptionType::numbers), {"1,,2", {}}), "option 'strength': '' is not a number");
}

TEST(ParseOption, RefusesWhatIsNoFiniteNumber) {
  for (const std::string text : {"nan", "inf", "-inf", "1e999", "0x10", "", " 1", "1 ", "+-1"}) {
    EXPECT_NE(error_of(spec(OptionType::number), {text, {}}), "no error") << text;
  }
}

TEST(ParseOption, ChecksTheRangeInclusively) {
  const OptionSpec both = bounded(OptionType::integer, 1, 8);
  EXPECT_EQ(parse(both, "1"), OptionValue(std::int64_t{1}));
  EXPECT_EQ(parse(both, "8"), OptionValue(std::int64_t{8}));
  EXPECT_EQ(error_of(both, {"0", {}}), "option 'strength': 0 is out of range; 1 to 8 is allowed");
  EXPECT_EQ(error_of(both, {"9", {}}), "option 'strength': 9 is out of range; 1 to 8 is allowed");
  EXPECT_EQ(error_of(bounded(OptionType::number, 0, {}), {"-0.5", {}}),
            "option 'strength': -0.5 is out of range; at least 0 is allowed");
  EXPECT_EQ(error_of(bounded(OptionType::numbers, {}, 2.5), {"1,3", {}}),
            "option 'strength': 3 is out of range; at most 2.5 is allowed");
}

TEST(ParseOption, RefusesZeroBytesAndAnEmptyRequiredPath) {
  EXPECT_EQ(error_of(spec(OptionType::string), {std::string("a\0b", 3), {}}), "option 'strength': holds a zero byte");
  OptionSpec path = spec(OptionType::path);
  path.required = true;
  EXPECT_EQ(error_of(path, {"", {}}), "option 'strength': the path is empty");
}

TEST(CompleteOptions, AddsDefaultsAndKeepsWhatIsGiven) {
  OptionSpec other = spec(OptionType::boolean);
  other.name = "flag";
  const OptionValues values = complete_options({spec(OptionType::integer), other}, {{"flag", true}});
  EXPECT_EQ(to_text(values), "flag=true, strength=3");
}

TEST(CompleteOptions, RefusesMissingUnknownAndMistypedValues) {
  const auto error = [](const std::vector<OptionSpec>& specs, const OptionValues& given) -> std::string {
    try {
      complete_options(specs, given);
    } catch (const UsageError& failure) {
      return failure.what();
    }
    return "no error";
  };
  OptionSpec required = spec(OptionType::integer);
  required.required = true;
  EXPECT_EQ(error({required}, {}), "option 'strength' is required: how much");
  EXPECT_EQ(error({required}, {{"strenght", std::int64_t{1}}}), "unknown option 'strenght'; did you mean 'strength'?");
  EXPECT_EQ(error({required}, {{"strength", 1.0}}), "option 'strength': holds a value of another type");
}

TEST(OptionText, QuotesWhatCouldBeMistaken) {
  EXPECT_EQ(to_text(OptionValues{{"a", std::string("x, b=1")}, {"b", std::string()}, {"c", std::string("say \"no\"")}}),
            "a=\"x, b=1\", b=\"\", c=\"say \\\"no\\\"\"");
  EXPECT_EQ(to_text(OptionValues{{"a", std::string("tables/a-1.npy")}}), "a=tables/a-1.npy");
}

TEST(OptionText, NumbersRoundTrip) {
  const std::uint32_t seed = 20240611;
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    EXPECT_EQ(parse(spec(OptionType::number), to_text(OptionValue(number))), OptionValue(number));
    const std::vector<double> numbers = {number, -number, 0};
    EXPECT_EQ(parse(spec(OptionType::numbers), to_text(OptionValue(numbers))), OptionValue(numbers));
  }
  EXPECT_EQ(to_text(OptionValue(0.1)), "0.1");
  EXPECT_EQ(to_text(OptionValue(1.0)), "1");
}

}  // namespace
}  // namespace goldilocks::plugins
