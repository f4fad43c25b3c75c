#include "core/pipeline/yaml/name_template.hpp"

#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace goldilocks::pipeline {
namespace {

const TemplateValues values{"food", "linear", "8"};

std::string template_error(const std::string& pattern) {
  try {
    expand_template(pattern, values);
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(NameTemplate, ReplacesThePlaceholders) {
  EXPECT_EQ(expand_template("{model}_{function}_{bits}", values), "food_linear_8");
  EXPECT_EQ(expand_template("{bits} bit, using {function}.", values), "8 bit, using linear.");
  EXPECT_EQ(expand_template("", values), "");
}

TEST(NameTemplate, DoubledBracesAreLiteral) {
  EXPECT_EQ(expand_template("{{model}}", values), "{model}");
  EXPECT_EQ(expand_template("{{{model}}}", values), "{food}");
}

TEST(NameTemplate, NamesAnUnknownPlaceholderAndTheOneThatWasMeant) {
  EXPECT_EQ(template_error("{modle}"),
            "unknown placeholder {modle}; there are {model}, {function}, {bits}, {preprocessing}, {granularity}, "
            "{vector}, {table} and {scale}; did you mean 'model'?");
  EXPECT_EQ(template_error("{"), "'{' without a closing '}'; write {{ for a literal brace");
  EXPECT_EQ(template_error("a}"), "'}' without an opening '{'; write }} for a literal brace");
}

TEST(NameTemplate, AWidthThatTheFunctionChoosesIsAuto) {
  EXPECT_EQ(bits_text(0), "auto");
  EXPECT_EQ(bits_text(16), "16");
}

}  // namespace
}  // namespace goldilocks::pipeline
