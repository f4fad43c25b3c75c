#include "core/pipeline/yaml/variables.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace goldilocks::pipeline {
namespace {

const Place here{"p.yaml", 7, 3};

// Variables over a folder /base, and the faults that they report.
struct Fixture {
  Diagnostics faults;
  Variables variables{"/base", faults};

  std::string fault() const {
    try {
      faults.throw_if_any();
      return "";
    } catch (const PipelineErrors& errors) {
      return errors.what();
    }
  }
};

TEST(Variables, ReplacesANameByItsValue) {
  Fixture fixture;
  fixture.variables.declare("a", false, "x", here);
  fixture.variables.declare("b", false, "${a}${a}", here);
  EXPECT_EQ(fixture.variables.expand("-${b}-", here)->value, "-xx-");
  EXPECT_EQ(fixture.fault(), "");
}

TEST(Variables, ADoubledDollarIsALiteralReference) {
  Fixture fixture;
  const auto text = fixture.variables.expand("$${a} costs $5", here);
  EXPECT_EQ(text->value, "${a} costs $5");
  EXPECT_EQ(text->record, "$${a} costs $5");
  EXPECT_EQ(text->shown, "${a} costs $5");
}

TEST(Variables, ValuesOfTheEnvironmentStayOutOfRecords) {
  ::setenv("GOLDILOCKS_TEST_SECRET", "s3cret", 1);
  Fixture fixture;
  fixture.variables.declare("token", false, "${env:GOLDILOCKS_TEST_SECRET}", here);
  const auto text = fixture.variables.expand("key ${token}", here);
  EXPECT_EQ(text->value, "key s3cret");
  EXPECT_EQ(text->record, "key ${env:GOLDILOCKS_TEST_SECRET}");
  EXPECT_EQ(text->shown, "key ${env:GOLDILOCKS_TEST_SECRET}");
}

TEST(Variables, AnUnsetEnvironmentVariableIsAFault) {
  Fixture fixture;
  EXPECT_FALSE(fixture.variables.expand("${env:GOLDILOCKS_TEST_UNSET}", here));
  EXPECT_EQ(fixture.fault(), "p.yaml:7:3: the environment has no variable 'GOLDILOCKS_TEST_UNSET'");
}

TEST(Variables, PathDefaultsAreRelativeToTheFileAndSetOnesToTheCurrentFolder) {
  Fixture fixture;
  fixture.variables.declare("root", true, "data", here);
  EXPECT_EQ(fixture.variables.expand("${root}/a.npy", here)->value, "/base/data/a.npy");

  Fixture other;
  other.variables.declare("root", true, "data", here);
  other.variables.set("root", "../x", "/current/folder", "p.yaml");
  const auto text = other.variables.expand("${root}/a.npy", here);
  EXPECT_EQ(text->value, "/current/x/a.npy");
  EXPECT_EQ(text->shown, "../x/a.npy");
}

TEST(Variables, SetReplacesADefaultThatCouldNotBeExpanded) {
  Fixture fixture;
  fixture.variables.declare("root", true, "${env:GOLDILOCKS_TEST_UNSET}", here);
  fixture.variables.set("root", "/data", "/current", "p.yaml");
  EXPECT_EQ(fixture.variables.resolve_all().at(0).value, "/data");
  EXPECT_EQ(fixture.fault(), "");
}

TEST(Variables, ASetValueIsLiteral) {
  Fixture fixture;
  fixture.variables.declare("a", false, "", here);
  fixture.variables.set("a", "${b}", "/current", "p.yaml");
  EXPECT_EQ(fixture.variables.expand("${a}", here)->value, "${b}");
}

TEST(Variables, NamesTheCircle) {
  Fixture fixture;
  fixture.variables.declare("a", false, "${b}", {"p.yaml", 2, 5});
  fixture.variables.declare("b", false, "${c}", {"p.yaml", 3, 5});
  fixture.variables.declare("c", false, "${b}", {"p.yaml", 4, 5});
  fixture.variables.resolve_all();
  EXPECT_EQ(fixture.fault(), "p.yaml:3:5: variable 'b' refers to itself: b -> c -> b");
}

// Each stands for two of the one before it: 2^60 bytes.
TEST(Variables, ATextThatDoublesWithEveryVariableIsAFault) {
  Fixture fixture;
  fixture.variables.declare("a0", false, "0123456789abcdef", {"p.yaml", 2, 7});
  for (int i = 1; i <= 60; ++i) {
    const std::string before = "${a" + std::to_string(i - 1) + "}";
    fixture.variables.declare("a" + std::to_string(i), false, before + before, {"p.yaml", 2 + i, 7});
  }
  EXPECT_EQ(fixture.variables.resolve_all().back().value.size(), std::size_t{64} << 10U);
  EXPECT_EQ(fixture.fault(), "p.yaml:15:7: the text is longer than 64 KiB with its variables replaced");
}

TEST(Variables, AllTextsTogetherAreBounded) {
  Fixture fixture;
  fixture.variables.declare("a", false, std::string(60'000, 'x'), here);
  std::size_t expanded = 0;
  for (int i = 0; i < 3000; ++i) expanded += fixture.variables.expand("${a}", here) ? 1 : 0;
  EXPECT_EQ(expanded, (std::size_t{64} << 20U) / 60'000);
  EXPECT_EQ(fixture.fault(),
            "p.yaml:7:3: the texts of the pipeline are longer than 64 MiB with their variables replaced");
}

TEST(Variables, AChainOfAnyLengthIsAFaultAndNoOverflow) {
  Fixture fixture;
  constexpr int length = 200'000;
  for (int i = 0; i < length; ++i) {
    fixture.variables.declare("a" + std::to_string(i), false, "${a" + std::to_string(i + 1) + "}", here);
  }
  fixture.variables.declare("a" + std::to_string(length), false, "x", here);
  EXPECT_FALSE(fixture.variables.expand("${a0}", here));
  EXPECT_EQ(fixture.fault(), "p.yaml:7:3: variables refer to each other more than 1000 deep");
  EXPECT_EQ(fixture.variables.expand("${a" + std::to_string(length - 500) + "}", here)->value, "x");
}

TEST(Variables, SuggestsTheNameThatWasMeant) {
  Fixture fixture;
  fixture.variables.declare("root", false, "", here);
  EXPECT_FALSE(fixture.variables.expand("${rot}", here));
  fixture.variables.set("rooot", "x", "/current", "p.yaml");
  EXPECT_EQ(fixture.fault(),
            "--set rooot: p.yaml declares no variable 'rooot'; did you mean 'root'?\n"
            "p.yaml:7:3: unknown variable 'rot'; did you mean 'root'?");
}

TEST(Variables, AnOpenReferenceIsAFault) {
  Fixture fixture;
  EXPECT_FALSE(fixture.variables.expand("a ${b", here));
  EXPECT_EQ(fixture.fault(), "p.yaml:7:3: '${' without a closing '}'; write $${ for a literal ${");
}

TEST(ResolvePath, KeepsEnvironmentReferencesInTheRecord) {
  const Text relative{"real/models", "${env:X}/models", "${env:X}/models"};
  EXPECT_EQ(resolve_path(relative, "/base").path, "/base/real/models");
  EXPECT_EQ(resolve_path(relative, "/base").record, "/base/${env:X}/models");
  const Text absolute{"/real/models", "${env:X}/models", "${env:X}/models"};
  EXPECT_EQ(resolve_path(absolute, "/base").record, "${env:X}/models");
}

TEST(ResolvePath, ATrailingSlashNamesTheSameFolder) {
  EXPECT_EQ(resolve_path({"images/", "images/", "images/"}, "/base").path, "/base/images");
  EXPECT_EQ(resolve_path({"/", "/", "/"}, "/base").path, "/");
}

}  // namespace
}  // namespace goldilocks::pipeline
