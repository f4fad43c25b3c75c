// ML Programs on the command line: checked, shown, compared.
#include "tests/support/program.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Of the corpus of the fuzzer: small programs, valid all.
std::string program_file(const std::string& name) {
  return (std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "tests/fuzz/corpus_package" / name).string();
}

class ProgramCommands : public ::testing::Test {
 protected:
  ProgramResult run(std::vector<std::string> arguments) { return goldilocks(folder_ / "store", std::move(arguments)); }

  TemporaryFolder folder_;
};

TEST_F(ProgramCommands, ValidateTakesPrograms) {
  for (const char* name : {"linear.mlmodel", "package.zip", "functions.mlmodel"}) {
    const ProgramResult result = run({"validate", program_file(name)});
    EXPECT_EQ(result.exit_code, 0) << result.output << result.errors;
    EXPECT_THAT(result.output, HasSubstr(": valid"));
  }
}

TEST_F(ProgramCommands, ValidateSaysWhatASystemCantLoad) {
  const std::string file = program_file("functions.mlmodel");
  EXPECT_EQ(run({"validate", file, "--for", "ios18", "--for", "macos15"}).exit_code, 0);
  const ProgramResult refused = run({"validate", file, "--for", "ios16"});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.output, HasSubstr("function 'main': operation 'r' (read_state): read_state came with iOS 18"));
  EXPECT_THAT(refused.errors, HasSubstr("too new for iOS 16"));
  const ProgramResult unknown = run({"validate", file, "--for", "symbian"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.errors, HasSubstr("'symbian' is no system that is known"));
}

TEST_F(ProgramCommands, InspectShowsFunctionsBytesAndWeights) {
  const ProgramResult text = run({"inspect", program_file("compressed_inputs.mlmodel")});
  EXPECT_EQ(text.exit_code, 0) << text.errors;
  EXPECT_THAT(text.output,
              AllOf(HasSubstr("mlProgram, specification version 9 (it needs 9)"), HasSubstr("main, CoreML8"),
                    HasSubstr("sparse, table of 1 bits, vectors of 2"), HasSubstr("linear 'y'")));
  const ProgramResult json = run({"inspect", program_file("functions.mlmodel"), "--json"});
  const auto document = nlohmann::json::parse(json.output);
  EXPECT_EQ(document.at("functions").size(), 2U);
  EXPECT_EQ(document.at("functions")[0].at("states")[0].at("name"), "s");
  EXPECT_EQ(document.at("functions")[0].at("operations").at("read_state"), 1);
  EXPECT_EQ(document.at("defaultFunction"), "main");
}

TEST_F(ProgramCommands, InspectOfTwoModelsShowsWhatDiffers) {
  const std::string linear = program_file("linear.mlmodel");
  EXPECT_EQ(run({"inspect", linear, linear}).output, "no difference\n");
  const ProgramResult differences = run({"inspect", linear, program_file("lists.mlmodel")});
  EXPECT_EQ(differences.exit_code, 0) << differences.errors;
  EXPECT_THAT(differences.output, AllOf(HasSubstr("functions[main].operations.linear: only in the first"),
                                        HasSubstr("functions[main].operations.make_list: only in the second"),
                                        HasSubstr("functions[main].outputs[y].type: array float32 [2, 2, 2] -> ")));
}

TEST_F(ProgramCommands, InspectOfTwoNetworksComparesTheirValues) {
  const auto network = [&](const std::string& name, std::uint64_t seed) {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary)
        << ModelBuilder(seed).image_input("image", 4, 4).inner_product("dense", 48, 5).build().SerializeAsString();
    return path.string();
  };
  const std::string first = network("first.mlmodel", 1);
  EXPECT_EQ(run({"inspect", first, network("same.mlmodel", 1)}).output, "no difference\n");
  EXPECT_THAT(run({"inspect", first, network("other.mlmodel", 2)}).output,
              HasSubstr("weights[dense weights].sha256: "));
}

}  // namespace
}  // namespace goldilocks::testing
