// Where outputs go: into devices and pipes, never over them; and never over what the command itself reads.
#include <fstream>
#include <future>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

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

namespace fs = std::filesystem;

const std::string words = " % smaller";

class QuantizeInto : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::copy_file(digits_model, model_);
    ASSERT_EQ(quantize(folder_ / "expected").exit_code, 0);
    expected_ = read_file(folder_ / "expected");
  }

  ProgramResult quantize(const fs::path& output, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"quantize", model_.string(), "-f", "linear", "-b", "8",
                                          "-o",       output.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return goldilocks(folder_ / "store", arguments);
  }

  TemporaryFolder folder_;
  fs::path model_ = folder_ / "model.mlmodel";
  std::string expected_;
};

TEST_F(QuantizeInto, StandardOutputGetsTheModelAndNothingElse) {
  for (const char* name : {"-", "/dev/stdout", "/dev/fd/1"}) {
    const ProgramResult result = quantize(name, {"--verbose"});
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(result.output, expected_) << name;
    EXPECT_THAT(result.errors, HasSubstr(words));
  }
  // What is copied as it is, too.
  fs::copy_file(folder_ / "expected", model_, fs::copy_options::overwrite_existing);
  const ProgramResult copied = quantize("-");
  EXPECT_EQ(copied.output, expected_) << copied.errors;
}

TEST_F(QuantizeInto, ADeviceOrPipeIsNotReplaced) {
  const fs::path device = folder_ / "null";
  if (::mknod(device.c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0) {
    const ProgramResult result = quantize(device);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr(words));
    EXPECT_TRUE(fs::is_character_file(device));
  }
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  auto reader = std::async(std::launch::async, [&] {
    std::ostringstream text;
    text << std::ifstream(pipe, std::ios::binary).rdbuf();
    return text.str();
  });
  EXPECT_EQ(quantize(pipe).exit_code, 0);
  EXPECT_EQ(reader.get(), expected_);
  EXPECT_TRUE(fs::is_fifo(pipe));

  const ProgramResult full = quantize("/dev/full");
  EXPECT_EQ(full.exit_code, 3);
  EXPECT_THAT(full.errors, HasSubstr("/dev/full: can't write: No space left on device"));
}

TEST_F(QuantizeInto, ALinkIsFollowed) {
  write_file_atomically(folder_ / "there" / "file", std::string_view("old"));
  fs::create_symlink("there/file", folder_ / "link");
  EXPECT_EQ(quantize(folder_ / "link").exit_code, 0);
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(read_file(folder_ / "there" / "file"), expected_);
  fs::create_symlink("nowhere", folder_ / "dangling");
  const ProgramResult dangling = quantize(folder_ / "dangling");
  EXPECT_EQ(dangling.exit_code, 3);
  EXPECT_THAT(dangling.errors, HasSubstr("leads nowhere"));
}

TEST_F(QuantizeInto, AnInputIsLostOnlyByForce) {
  fs::create_hard_link(model_, folder_ / "hard");
  fs::create_symlink(model_, folder_ / "soft");
  fs::create_directory_symlink(".", folder_ / "linked");
  const std::string original = read_file(model_);
  write_file_atomically(folder_ / "rules.yaml", std::string_view("- {layers: ['*'], bits: 8}\n"));
  for (const char* name : {"model.mlmodel", "linked/linked/model.mlmodel", "linked/model.mlmodel", "hard", "soft"}) {
    const ProgramResult result = quantize(folder_ / name);
    EXPECT_EQ(result.exit_code, 2) << name;
    EXPECT_THAT(result.errors, HasSubstr("is an input of this command"));
    EXPECT_EQ(read_file(model_), original);
  }
  EXPECT_EQ(quantize(folder_ / "rules.yaml", {"--rules", (folder_ / "rules.yaml").string()}).exit_code, 2);
  EXPECT_EQ(quantize(folder_ / "soft", {"--force"}).exit_code, 0);
  EXPECT_TRUE(fs::is_symlink(folder_ / "soft"));
  EXPECT_EQ(read_file(model_), expected_);
  EXPECT_EQ(read_file(folder_ / "hard"), original);
}

TEST_F(QuantizeInto, ALogReplacesNothingButALog) {
  const std::string original = read_file(model_);
  const ProgramResult refused = quantize(folder_ / "out", {"--log-file", model_.string()});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("is no log of this program"));
  EXPECT_EQ(read_file(model_), original);
  EXPECT_EQ(quantize(folder_ / "out", {"--log-file", "-"}).exit_code, 2);
  const std::string log = (folder_ / "log").string();
  for (int i = 0; i < 2; ++i) {
    const ProgramResult run = goldilocks(
        folder_ / "store",
        {"run", digits_pipeline, "--output", (folder_ / "run").string(), "--log-level", "debug", "--log-file", log});
    EXPECT_EQ(run.exit_code, 0) << run.errors;
  }
}

class ReportInto : public ::testing::Test {
 protected:
  ProgramResult run(std::vector<std::string> arguments) { return goldilocks(folder_ / "store", std::move(arguments)); }

  TemporaryFolder folder_;
};

TEST_F(ReportInto, TheRunsResultsAreLostOnlyByForce) {
  const fs::path folder = folder_ / "run";
  ASSERT_EQ(run({"run", digits_pipeline, "--output", folder.string()}).exit_code, 0);
  const std::string results = read_file(folder / "results.json");
  const std::vector<std::string> report = {"report",   folder.string(),     "--format", "csv",
                                           "--option", "path=results.json", "-o",       folder.string()};
  const ProgramResult refused = run(report);
  EXPECT_EQ(refused.exit_code, 2) << refused.output;
  EXPECT_THAT(refused.errors, HasSubstr("results.json: is an input of this command"));
  EXPECT_EQ(read_file(folder / "results.json"), results);
  auto forced = report;
  forced.emplace_back("--force");
  EXPECT_EQ(run(forced).exit_code, 0);
  EXPECT_NE(read_file(folder / "results.json"), results);
}

TEST_F(ReportInto, ARunKeepsWhatItReads) {
  const fs::path folder = folder_ / "run";
  ASSERT_EQ(run({"run", digits_pipeline, "--output", folder.string()}).exit_code, 0);
  const auto write = [&](const std::string& load) {
    write_file_atomically(folder_ / "again.yaml", "name: again\nstages: [{load: {" + load + "}}, {report: csv}]\n");
  };
  const auto again = [&](std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"run", (folder_ / "again.yaml").string(), "--output", folder.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  };
  // The results of an earlier run, which this one would replace, and with them every model that they are about.
  write("results: run");
  EXPECT_EQ(again().exit_code, 2);
  // A model of the earlier run, which no longer belongs under this name.
  write("model: {path: run/digits_linear_8.mlmodel, name: other}");
  const ProgramResult refused = again();
  EXPECT_EQ(refused.exit_code, 2) << refused.output;
  EXPECT_THAT(refused.errors, HasSubstr("digits_linear_8.mlmodel: is an input of this command"));
  EXPECT_TRUE(fs::exists(folder / "digits_linear_8.mlmodel"));
  EXPECT_TRUE(fs::exists(folder / "digits_linear_4.mlmodel"));
  EXPECT_EQ(again({"--force"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(folder / "digits_linear_8.mlmodel"));
}

TEST_F(ReportInto, AFileOfTheRunThatHasBecomeALinkIsNotReplaced) {
  const fs::path folder = folder_ / "run";
  const std::vector<std::string> command = {"run", digits_pipeline, "--output", folder.string()};
  ASSERT_EQ(run(command).exit_code, 0);
  const fs::path file = folder / "digits_linear_8.mlmodel";
  fs::rename(file, folder_ / "kept");
  fs::create_symlink(folder_ / "kept", file);
  EXPECT_EQ(run(command).exit_code, 0) << "it is what belongs there";
  EXPECT_TRUE(fs::is_symlink(file));
  write_file_atomically(folder_ / "kept", std::string_view("something else"));
  const ProgramResult refused = run(command);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("digits_linear_8.mlmodel"));
  EXPECT_EQ(read_file(folder_ / "kept"), "something else");
}

}  // namespace
}  // namespace goldilocks
