#include "core/formats/system.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/formats/validate_file.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::formats {
namespace {

using goldilocks::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace ml_program::testing;

TEST(Systems, AreFoundByName) {
  EXPECT_EQ(system_named("ios16").newest_specification_version, 7);
  EXPECT_EQ(system_named("iOS 16").title, "iOS 16");
  EXPECT_EQ(system_named("macos10.15").newest_specification_version, 4);
  try {
    system_named("ois16");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'ois16' is no system that is known"), HasSubstr("macos26")));
  }
}

TEST(Systems, AreNamedByTheFirstThatLoadAVersion) {
  EXPECT_EQ(first_systems(6), "iOS 15 and macOS 12");
  EXPECT_EQ(first_systems(2), "iOS 11.2 and macOS 10.14");
  EXPECT_EQ(first_systems(11), "no system that is known");
}

TEST(TooNewFor, ListsWhatASystemCantLoad) {
  const TemporaryFolder folder;
  const auto half = ml_program::testing::constant(fp16(), {0, 0x3c});
  const model::spec::Model model = program("CoreML8", {{"x", fp16({2})}, {"s", ml_program::state_of(fp16({2}))}})
                                       .op("read_state", {{"input", "s"}}, "a", fp16({2}))
                                       .op("read_state", {{"input", "s"}}, "b", fp16({2}))
                                       .op("add", {{"x", "a"}, {"y", half}}, "y", fp16({2}))
                                       .outputs({"y"})
                                       .model();
  write_package(folder / "m.mlpackage", model);
  EXPECT_TRUE(validate_program(folder / "m.mlpackage").value().empty());
  EXPECT_TRUE(too_new_for(folder / "m.mlpackage", system_named("ios18")).empty());
  std::string found;
  for (const auto& violation : too_new_for(folder / "m.mlpackage", system_named("ios16")))
    found += violation.text() + "\n";
  EXPECT_THAT(found,
              AllOf(HasSubstr("specification version 9 came with iOS 18 and macOS 15"),
                    HasSubstr("state 's': its type came with iOS 18 and macOS 15"),
                    HasSubstr("function 'main': its set of operations, CoreML8, came with iOS 18 and macOS 15"),
                    HasSubstr("operation 'a' (read_state): read_state came with iOS 18 and macOS 15 (2 operations)")));
  EXPECT_EQ(too_new_for(folder / "m.mlpackage", system_named("macos14")).size(), 4U);
  EXPECT_EQ(too_new_for(folder / "m.mlpackage", system_named("ios15")).size(), 6U);  // and float16 features
}

}  // namespace
}  // namespace goldilocks::formats
