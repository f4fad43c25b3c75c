// Plugins that crash, hang, end the process or refuse, in a sweep beside one that works: with `isolation: process` the
// fault is the failure of one variant alone, and what works has the same bytes as without.
#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "tests/end_to_end/run_folder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using testing::goldilocks;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ProgramResult;
using testing::ProgramSettings;
using testing::TemporaryFolder;

class Isolation : public ::testing::Test {
 protected:
  // A sweep of linear and crashing_function at 8 and 4 bits; `settings` are lines of the quantize stage, `evaluate` of
  // the other.
  ProgramResult run(const std::string& fault, const std::string& settings, const std::string& evaluate = "",
                    const ProgramSettings& program = {}, const std::vector<std::string>& more = {}) const {
    const std::string examples = std::string(GOLDILOCKS_SOURCE_DIR) + "/examples/digits/";
    std::ofstream(folder_ / "pipeline.yaml")
        << "plugins: ['" << GOLDILOCKS_TEST_LIBRARIES << "']\n"
        << "stages:\n"
        << "  - load: {model: '" << examples << "digits.mlmodel', dataset: {images: '" << examples
        << "test/images.npy', labels: '" << examples << "test/labels.npy'}}\n"
        << "  - quantize:\n"
        << settings << "      sweep:\n"
        << "        function: [linear, {crashing_function: {fault: " << fault << ", layer: convolution2}}]\n"
        << "        bits: [8, 4]\n"
        << evaluate;
    std::vector<std::string> arguments = {"run", (folder_ / "pipeline.yaml").string(), "--output",
                                          (folder_ / "run").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return goldilocks(folder_ / "store", arguments, program);
  }

  static std::string isolated(const std::string& time_limit = "60") {
    return "      isolation: process\n      time_limit: " + time_limit + "\n";
  }

  // One variant failed, and all others are there.
  void expect_one_failure(const ProgramResult& result, const std::string& message) const {
    EXPECT_EQ(result.exit_code, 4) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr("error: digits_crashing_function_4: " + message));
    for (const char* name : {"digits_linear_8", "digits_linear_4", "digits_crashing_function_8"}) {
      EXPECT_TRUE(fs::exists(folder_ / "run" / (std::string(name) + ".mlmodel"))) << name;
    }
    EXPECT_FALSE(fs::exists(folder_ / "run" / "digits_crashing_function_4.mlmodel"));
    EXPECT_TRUE(fs::is_empty(folder_ / "store" / "partial"));
    int failed = 0;
    for (const auto& variant : variants()) failed += variant.value("error", "").empty() ? 0 : 1;
    EXPECT_EQ(failed, 1);
  }

  nlohmann::json variants() const {
    return nlohmann::json::parse(read_file(folder_ / "run" / "results.json")).at("variants");
  }

  TemporaryFolder folder_;
};

const std::string place = "layer 'convolution2', weights: quantizer 'crashing_function': ";

TEST_F(Isolation, ACrashIsTheFailureOfItsTaskAlone) {
  expect_one_failure(run("abort", isolated()), place + "it crashed: its process was ended by signal 6 (Aborted)");
  expect_one_failure(run("segfault", isolated()),
                     place + "it crashed: its process was ended by signal 11 (Segmentation fault)");
}

TEST_F(Isolation, TheFunctionOfARuleThatCrashesIsTheOneThatIsNamed) {
  const ProgramResult result =
      run("none", isolated() +
                      "      rules:\n        - {match: {layer: 'inner_product1'}, bits: 4, function: "
                      "{crashing_function: {fault: abort, layer: inner_product1}}}\n");
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.errors, HasSubstr("error: digits_linear_8: layer 'inner_product1', weights: quantizer "
                                       "'crashing_function': it crashed"));
}

TEST_F(Isolation, APluginThatEndsTheProcessIsNamed) {
  expect_one_failure(run("exit", isolated()),
                     "quantizer 'crashing_function': it ended its process, with exit code 7, before the task was done");
}

TEST_F(Isolation, APluginThatNeverReturnsIsGivenUpAfterItsTime) {
  const ProgramResult result = run("hang", isolated("0.5"));
  expect_one_failure(result, place + "it was not done within the time limit of 0.5 s");
  EXPECT_LT(result.seconds, 10);
}

TEST_F(Isolation, APluginThatHearsNoSignalIsGivenUpToo) {
  expect_one_failure(run("deaf", isolated("0.5")),
                     "quantizer 'crashing_function': it was not done within the time limit of 0.5 s");
}

TEST_F(Isolation, AResultThatCanNotBeUsedFailsItsVariantAloneWithAndWithout) {
  for (const std::string& settings : {std::string(), isolated()}) {
    expect_one_failure(run("code_beyond", settings),
                       place + "returned the code 16 at index 2, beyond its 16 entries of 4 bits");
    expect_one_failure(run("nan_in_table", settings), place + "returned the table entry nan at index 1");
  }
}

TEST_F(Isolation, AnErrorReadsAsWithoutIsolation) {
  expect_one_failure(run("error", isolated()), place + "no luck");
  const nlohmann::json isolated_variants = variants();
  fs::remove_all(folder_ / "run");
  fs::remove_all(folder_ / "store");
  expect_one_failure(run("error", ""), place + "no luck");
  EXPECT_EQ(variants(), isolated_variants);
}

TEST_F(Isolation, GivesTheSameBytes) {
  const std::string rules =
      "      rules:\n        - {match: {parameter: bias}, skip: true}\n"
      "        - {match: {layer: 'inner*'}, bits: 2, function: kmeans_lut}\n";
  const std::string evaluate = "  - evaluate: {backend: reference";
  ASSERT_EQ(run("none", rules, evaluate + "}\n").exit_code, 0);
  auto expected = testing::contents(folder_ / "run");
  const nlohmann::json expected_variants = variants();
  fs::remove_all(folder_ / "run");
  fs::remove_all(folder_ / "store");
  const ProgramResult result = run("none", rules + isolated(), evaluate + ", isolation: process}\n");
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  auto files = testing::contents(folder_ / "run");
  EXPECT_EQ(variants(), expected_variants);
  // The pipeline says that there was isolation, and these hold its hash.
  for (const char* name : {"pipeline.yaml", "results.json", "manifest.json"}) {
    EXPECT_NE(files.at(name), expected.at(name)) << name;
    files.erase(name);
    expected.erase(name);
  }
  EXPECT_EQ(files, expected);
  EXPECT_THAT(run("none", rules, evaluate + "}\n").output, HasSubstr("0 tasks computed"));
}

TEST_F(Isolation, WhatAPluginPrintsIsNotMixedIntoTheOutput) {
  const ProgramResult result = run("print", isolated());
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, Not(HasSubstr("a plugin prints")));
}

TEST_F(Isolation, ABackendThatCrashesOrHangsFailsEachVariantAndNoMore) {
  const auto evaluate = [](const std::string& fault, const std::string& limit) {
    return "  - evaluate: {backend: {crashing_backend: {fault: " + fault +
           "}}, isolation: process, time_limit: " + limit + "}\n";
  };
  const ProgramResult crashed = run("none", "", evaluate("abort", "60"));
  EXPECT_EQ(crashed.exit_code, 4) << crashed.errors;
  EXPECT_THAT(crashed.errors,
              HasSubstr("error: digits_linear_8: backend 'crashing_backend': it crashed: its process was ended by "
                        "signal 6 (Aborted)"));
  EXPECT_TRUE(fs::exists(folder_ / "run" / "digits_linear_8.mlmodel"));
  const ProgramResult hung = run("none", "", evaluate("hang", "0.3"));
  EXPECT_EQ(hung.exit_code, 4) << hung.errors;
  EXPECT_THAT(hung.errors, HasSubstr("error: digits: backend 'crashing_backend': it was not done within the time"));
}

// run_program() returns when the last process that holds the program's standard error has ended: the worker too.
TEST_F(Isolation, AWorkerEndsWithTheRunThatIsKilled) {
  ProgramSettings kill;
  kill.kill_after = std::chrono::milliseconds(500);
  const ProgramResult result = run("hang", isolated("60"), "", kill);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_LT(result.seconds, 10);
}

TEST_F(Isolation, CtrlCEndsWorkersInOrder) {
  for (const char* fault : {"hang", "slow"}) {
    ProgramSettings interrupt;
    interrupt.kill_after = std::chrono::milliseconds(500);
    interrupt.kill_signal = SIGINT;
    const ProgramResult result = run(fault, isolated("60"), "", interrupt);
    EXPECT_EQ(result.exit_code, 5) << fault << ": " << result.errors;
    EXPECT_LT(result.seconds, 10) << fault;
  }
}

TEST_F(Isolation, ATimeLimitNeedsAProcess) {
  const ProgramResult result = run("none", "      time_limit: 5\n");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, ContainsRegex("pipeline.yaml:5:19: 'time_limit' needs 'isolation: process'"));
}

TEST_F(Isolation, EveryTaskInAProcessOfItsOwnGivesTheSameBytes) {
  const std::string evaluate = "  - evaluate: {backend: reference}\n";
  ASSERT_EQ(run("none", "", evaluate).exit_code, 0);
  const auto expected = testing::contents(folder_ / "run");
  fs::remove_all(folder_ / "run");
  fs::remove_all(folder_ / "store");
  const ProgramResult result = run("none", "", evaluate, {}, {"--isolation", "process"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(testing::contents(folder_ / "run"), expected);
}

TEST_F(Isolation, EveryTaskAloneByTheWorkCommandGivesTheSameBytes) {
  const std::string evaluate = "  - evaluate: {backend: reference}\n";
  ASSERT_EQ(run("none", "", evaluate).exit_code, 0);
  const auto expected = testing::contents(folder_ / "run");
  fs::remove_all(folder_ / "run");
  fs::remove_all(folder_ / "store");
  const std::string plan = (folder_ / "plan.json").string();
  ASSERT_EQ(goldilocks(folder_ / "store", {"plan", (folder_ / "pipeline.yaml").string(), "-o", plan}).exit_code, 0);
  const auto tasks = nlohmann::json::parse(read_file(plan)).at("tasks");
  ASSERT_EQ(goldilocks(folder_ / "store", {"work", plan, "--task", tasks.back().at("id")}).exit_code, 3)
      << "its inputs are not there";
  for (const auto& task : tasks) {
    const ProgramResult result = goldilocks(folder_ / "store", {"work", plan, "--task", task.at("id")});
    ASSERT_EQ(result.exit_code, 0) << task.at("id") << ": " << result.errors;
  }
  EXPECT_THAT(run("none", "", evaluate).output, HasSubstr("0 tasks computed"));
  EXPECT_EQ(testing::contents(folder_ / "run"), expected);
}

TEST_F(Isolation, AFailedTaskIsTheWorkCommandsOwnError) {
  run("error", "");
  const ProgramResult result = goldilocks(folder_ / "store", {"work", (folder_ / "run/plan.json").string(), "--task",
                                                              "quantize digits_crashing_function_4"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.errors, HasSubstr(place + "no luck"));
}

}  // namespace
}  // namespace goldilocks
