#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "tests/end_to_end/digits_files.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

using testing::goldilocks;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::TemporaryFolder;

TEST(CommandLine, VersionAndHelpEverywhere) {
  const TemporaryFolder folder;
  EXPECT_THAT(goldilocks(folder / "store", {"--version"}).output, HasSubstr("goldilocks 0."));
  const std::vector<std::vector<std::string>> commands = {{},
                                                          {"run"},
                                                          {"plan"},
                                                          {"validate"},
                                                          {"quantize"},
                                                          {"evaluate"},
                                                          {"inspect"},
                                                          {"schema"},
                                                          {"plugins"},
                                                          {"new"},
                                                          {"new", "plugin"},
                                                          {"plugins", "describe"},
                                                          {"completion"}};
  for (std::vector<std::string> command : commands) {
    command.emplace_back("--help");
    const ProgramResult result = goldilocks(folder / "store", command);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("Usage"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "store")) << "help must not create a store";
}

TEST(CommandLine, AWrongCommandLineIsAUsageError) {
  const TemporaryFolder folder;
  const std::vector<std::vector<std::string>> wrong = {{},
                                                       {"frobnicate"},
                                                       {"inspect"},
                                                       {"inspect", digits_model, "--wrong"},
                                                       {"quantize", digits_model},
                                                       {"--log-level", "loud", "schema"}};
  for (const auto& arguments : wrong) {
    const ProgramResult result = goldilocks(folder / "store", arguments);
    EXPECT_EQ(result.exit_code, 2) << result.errors;
    EXPECT_THAT(result.errors, ::testing::StartsWith("goldilocks: "));
  }
}

// A command and one of its numeric options, with what is beyond its range.
struct NumericOption {
  std::vector<std::string> command;
  std::string option;
  std::vector<std::string> refused;
};

TEST(CommandLine, NumericOptionsHaveRangesAndRefuseWhatIsNoNumber) {
  const TemporaryFolder folder;
  const std::string output = (folder / "out.mlmodel").string();
  const std::vector<NumericOption> options = {
      {{"inspect", digits_model}, "--threads", {"0", "1025", "99999", "1.5"}},
      {{"quantize", digits_model, "-f", "linear", "-o", output}, "--bits", {"0", "33", "4.5"}},
      {{"evaluate", digits_model, "--dataset", "images"}, "--max-unusable", {"1000000001", "0.5"}},
      {{"compare", digits_model, digits_model, "--dataset", "images"}, "--confidence", {"0.4", "1", "0.9,9"}},
      {{"diff", "a", "b"}, "--max-drop", {"1.1", "1%"}},
      {{"predict", digits_model}, "--top", {"1000000001", "0.5"}},
      {{"predict", digits_model}, "--loop-bound", {"0", "9223372036854775808"}},
      {{"predict", digits_model}, "--weights-limit", {"1048577", "8G"}},
  };
  for (const NumericOption& option : options) {
    std::vector<std::string> refused = option.refused;
    for (const char* always : {"-1", "nan", "-nan", "inf", "", " 1", "1 ", "0x10", "many", "1e999", "--1"}) {
      refused.emplace_back(always);
    }
    for (const std::string& value : refused) {
      std::vector<std::string> arguments = option.command;
      arguments.push_back(option.option + "=" + value);
      const ProgramResult result = goldilocks(folder / "store", arguments);
      EXPECT_EQ(result.exit_code, 2) << arguments.front() << ' ' << arguments.back() << ": " << result.errors;
      EXPECT_THAT(result.errors, ::testing::StartsWith("goldilocks: " + option.option)) << value;
    }
  }
  const ProgramResult words = goldilocks(folder / "store", {"inspect", digits_model, "--threads", "-1"});
  EXPECT_EQ(words.errors,
            "goldilocks: --threads: must be a whole number from 1 to 1024, not '-1' (see goldilocks --help)\n");
}

TEST(CommandLine, NumbersAreDecimal) {
  const TemporaryFolder folder;
  const std::string output = (folder / "out.mlmodel").string();
  for (const char* bits : {"010", "+8"}) {
    const ProgramResult result =
        goldilocks(folder / "store", {"quantize", digits_model, "-f", "linear", "-o", output, "--bits", bits});
    if (std::string(bits) == "+8") {
      EXPECT_EQ(result.exit_code, 0) << result.errors;
    } else {
      EXPECT_THAT(result.errors, HasSubstr("does not offer 10 bits")) << "not octal";
    }
  }
}

// A stack of a TiB for each thread: together that is more than there are addresses.
TEST(CommandLine, ThreadsThatTheSystemRefusesAreAWarning) {
  const TemporaryFolder folder;
  const std::string program = std::string(GOLDILOCKS_BINARY_DIR) + "/bin/goldilocks";
  const std::string output = (folder / "out.mlmodel").string();
  const ProgramResult result =
      testing::run_program("/bin/sh", {"-c", "ulimit -s 1073741824 && exec \"$0\" \"$@\"", program, "--threads", "1024",
                                       "quantize", digits_model, "-f", "linear", "-b", "8", "-o", output});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, ::testing::ContainsRegex(
                                 "warning: the system refuses [0-9]+ of 1024 threads; the work goes on with [0-9]+"));
}

TEST(CommandLine, InspectShowsWhereTheBytesGo) {
  const TemporaryFolder folder;
  const ProgramResult text = goldilocks(folder / "store", {"inspect", digits_model});
  ASSERT_EQ(text.exit_code, 0) << text.errors;
  EXPECT_THAT(text.output, HasSubstr("neuralNetworkClassifier"));
  EXPECT_THAT(text.output, HasSubstr("float32"));

  const ProgramResult json = goldilocks(folder / "store", {"inspect", digits_model, "--json"});
  ASSERT_EQ(json.exit_code, 0) << json.errors;
  const auto document = nlohmann::json::parse(json.output);
  EXPECT_EQ(document.at("bytes").at("total"), std::filesystem::file_size(digits_model));
  std::uint64_t weights = 0;
  for (const auto& weight : document.at("weights")) weights += weight.at("bytes").get<std::uint64_t>();
  EXPECT_EQ(document.at("bytes").at("weights"), weights);
}

TEST(CommandLine, QuantizeWritesOneSmallerValidFile) {
  const TemporaryFolder folder;
  const std::string small = (folder / "small.mlmodel").string();
  const ProgramResult result =
      goldilocks(folder / "store", {"quantize", digits_model, "--function", "linear_lut", "--bits", "4", "--option",
                                    "range=half_open", "--description", "tiny", "-o", small});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_LT(std::filesystem::file_size(small), std::filesystem::file_size(digits_model) / 3);
  EXPECT_EQ(goldilocks(folder / "store", {"validate", small}).exit_code, 0);
  const auto document = nlohmann::json::parse(goldilocks(folder / "store", {"inspect", small, "--json"}).output);
  EXPECT_EQ(document.at("description"), "tiny");
  EXPECT_TRUE(document.at("bytes").at("byForm").contains("4 bit table"));
}

TEST(CommandLine, AFileThatGrowsIsCalledLarger) {
  const TemporaryFolder folder;
  const std::string small = (folder / "small.mlmodel").string();
  const std::string large = (folder / "large.mlmodel").string();
  const ProgramResult down =
      goldilocks(folder / "store", {"quantize", digits_model, "-f", "linear", "-b", "4", "-o", small});
  EXPECT_THAT(down.output, HasSubstr(" % smaller)"));
  const ProgramResult up = goldilocks(folder / "store", {"quantize", small, "-f", "dequantize", "-o", large});
  ASSERT_EQ(up.exit_code, 0) << up.errors;
  EXPECT_THAT(up.output, HasSubstr(" % larger)"));
  EXPECT_THAT(up.output, ::testing::Not(HasSubstr("(-")));
}

TEST(CommandLine, KeepSaysWhetherSmallTensorsGetCodes) {
  const TemporaryFolder folder;
  const std::string smaller = (folder / "smaller.mlmodel").string();
  const std::string always = (folder / "always.mlmodel").string();
  const std::vector<std::string> quantize = {"quantize", digits_model, "-f", "kmeans_lut", "-b", "8", "-o"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), quantize.begin(), quantize.end());
    return goldilocks(folder / "store", more);
  };
  const ProgramResult result = with({smaller});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("float16, as codes would not be smaller"));
  ASSERT_EQ(with({always, "--keep", "always"}).exit_code, 0);
  EXPECT_LT(std::filesystem::file_size(smaller), std::filesystem::file_size(always));
  const ProgramResult wrong = with({always, "--keep", "most"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("--keep: expected smaller or always, not 'most'"));
}

TEST(CommandLine, QuantizeSaysWhereNothingWasDone) {
  const TemporaryFolder folder;
  std::ofstream(folder / "rules.yaml") << "rules: [{match: {layer: \"*\"}, skip: true}]\n";
  const ProgramResult result =
      goldilocks(folder / "store", {"quantize", digits_model, "-f", "linear", "-b", "8", "--fold", "false", "--rules",
                                    (folder / "rules.yaml").string(), "-o", (folder / "out.mlmodel").string()});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("warning: nothing was quantized; "));
  EXPECT_THAT(result.output, HasSubstr("(as large)"));
}

TEST(CommandLine, QuantizeRefusesWhatTheFunctionCantDo) {
  const TemporaryFolder folder;
  const std::string out = (folder / "out.mlmodel").string();
  struct Case {
    std::vector<std::string> arguments;
    int exit_code;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{"--function", "kmean_lut", "--bits", "4"}, 4, "did you mean 'kmeans_lut'"},
      {{"--function", "linear_symmetric", "--bits", "4"}, 2, "8"},
      {{"--function", "linear", "--bits", "9"}, 2, "9"},
      {{"--function", "linear_lut", "--bits", "4", "--option", "range=open"}, 2, "half_open"},
      {{"--function", "linear_lut", "--bits", "4", "--option", "rnage=closed"}, 2, "did you mean 'range'"},
  };
  for (const Case& wrong : cases) {
    std::vector<std::string> arguments = {"quantize", digits_model, "-o", out};
    arguments.insert(arguments.end(), wrong.arguments.begin(), wrong.arguments.end());
    const ProgramResult result = goldilocks(folder / "store", arguments);
    EXPECT_EQ(result.exit_code, wrong.exit_code) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(wrong.message));
    EXPECT_FALSE(std::filesystem::exists(out));
  }
}

TEST(CommandLine, EvaluatePrintsAccuracy) {
  const TemporaryFolder folder;
  const ProgramResult result = goldilocks(
      folder / "store", {"evaluate", digits_model, "--dataset", digits_images, "--labels", digits_labels, "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_GE(nlohmann::json::parse(result.output).at("evaluation").at("meanAccuracy").get<double>(), 0.97);
}

TEST(CommandLine, PluginsAreListedAndDescribed) {
  const TemporaryFolder folder;
  const ProgramResult list = goldilocks(folder / "store", {"plugins", "list"});
  for (const char* name :
       {"linear", "linear_symmetric", "linear_lut", "kmeans_lut", "reference", "onednn", "csv", "json", "markdown"}) {
    EXPECT_THAT(list.output, HasSubstr(name));
  }
  EXPECT_THAT(list.output, ::testing::Not(HasSubstr("can't be used")));
  const ProgramResult described = goldilocks(folder / "store", {"plugins", "describe", "linear_lut"});
  EXPECT_THAT(described.output, HasSubstr("closed | half_open"));
  EXPECT_EQ(goldilocks(folder / "store", {"plugins", "describe", "lienar"}).exit_code, 4);
}

TEST(CommandLine, SchemaIsJsonThatKnowsThePlugins) {
  const TemporaryFolder folder;
  const ProgramResult result = goldilocks(folder / "store", {"schema"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_TRUE(nlohmann::json::parse(result.output).contains("$schema"));
  EXPECT_THAT(result.output, HasSubstr("half_open"));
}

TEST(CommandLine, ThePageOfKeysIsWhatSchemaPrints) {
  const TemporaryFolder folder;
  const ProgramResult result = goldilocks(folder / "store", {"schema", "--page"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.output, read_file(GOLDILOCKS_SOURCE_DIR "/docs/pipeline-keys.md")) << "run `make keys-page`";
}

TEST(CommandLine, BashCompletionIsAScriptThatCompletes) {
  const TemporaryFolder folder;
  const ProgramResult script = goldilocks(folder / "store", {"completion", "bash"});
  ASSERT_EQ(script.exit_code, 0);
  write_file_atomically(folder / "completion", script.output);
  const std::string ask = "source " + (folder / "completion").string() +
                          "; COMP_WORDS=(goldilocks plugins de); COMP_CWORD=2; _goldilocks; echo ${COMPREPLY[@]}";
  EXPECT_EQ(testing::run_program("/bin/bash", {"-c", ask}).output, "describe\n");
}

TEST(CommandLine, ALogFileIsWritten) {
  const TemporaryFolder folder;
  const ProgramResult result = goldilocks(
      folder / "store", {"--log-file", (folder / "log").string(), "--log-level", "debug", "plugins", "list"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_TRUE(std::filesystem::exists(folder / "log"));
}

}  // namespace
}  // namespace goldilocks
