// A run that is killed, again and again at random moments, ends with the same bytes as one that was left alone.
#include <algorithm>
#include <csignal>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/digits_files.hpp"
#include "tests/end_to_end/run_folder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

using testing::goldilocks;
using testing::ProgramResult;
using testing::ProgramSettings;
using testing::TemporaryFolder;

TEST(Resume, AfterKillsAtRandomMomentsTheBytesAreTheSame) {
  const TemporaryFolder folder;
  const ProgramResult calm =
      goldilocks(folder / "calm-store", {"run", digits_pipeline, "--output", (folder / "calm").string()});
  ASSERT_EQ(calm.exit_code, 0) << calm.errors;

  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::vector<std::string> arguments = {"run", digits_pipeline, "--output", (folder / "killed").string()};
  const auto expected = testing::contents(folder / "calm");
  double duration = calm.seconds;
  int kills = 0;
  for (int tries = 0; kills < 20 && tries < 200; ++tries) {
    ProgramSettings settings;
    const double moment = std::uniform_real_distribution<double>(0.0, duration)(random);
    settings.kill_after = std::chrono::microseconds(static_cast<std::int64_t>(moment * 1e6));
    const ProgramResult result = goldilocks(folder / "killed-store", arguments, settings);
    if (result.signal == SIGKILL) {
      ++kills;
      continue;
    }
    // This one came to its end before it could be killed: it is checked, and the next one begins anew.
    EXPECT_EQ(testing::contents(folder / "killed"), expected);
    duration = std::min(duration, result.seconds);
    std::filesystem::remove_all(folder / "killed-store");
    std::filesystem::remove_all(folder / "killed");
  }
  EXPECT_EQ(kills, 20);
  ASSERT_EQ(goldilocks(folder / "killed-store", arguments).exit_code, 0);
  EXPECT_EQ(testing::contents(folder / "killed"), expected);
}

class Interrupted : public ::testing::TestWithParam<int> {};

TEST_P(Interrupted, EndsInOrderAndTheSameCommandGoesOn) {
  const TemporaryFolder folder;
  const std::vector<std::string> arguments = {"run", digits_pipeline, "--output", (folder / "run").string()};
  ProgramSettings settings;
  settings.kill_signal = GetParam();
  // The moment at which a run can be interrupted depends on the machine: later and later, until one is.
  int exit_code = 0;
  for (int tries = 0; tries < 50 && exit_code != 5; ++tries) {
    settings.kill_after = std::chrono::milliseconds(20 * (tries + 1));
    const ProgramResult result = goldilocks(folder / ("store" + std::to_string(tries)), arguments, settings);
    exit_code = result.exit_code;
    if (exit_code == 5) {
      EXPECT_THAT(result.errors,
                  ::testing::HasSubstr(
                      "goldilocks: interrupted; what is done is kept, and the same command goes on from there"));
    }
  }
  EXPECT_EQ(exit_code, 5);
  EXPECT_EQ(goldilocks(folder / "store0", arguments).exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(ByEverySignal, Interrupted, ::testing::Values(SIGINT, SIGTERM, SIGHUP),
                         [](const auto& instance) { return std::string("Signal") + std::to_string(instance.param); });

// nohup starts a program so that it ignores the closing of its terminal.
TEST(Resume, ASignalThatIsIgnoredFromTheStartStaysIgnored) {
  const TemporaryFolder folder;
  const std::string program = std::string(GOLDILOCKS_BINARY_DIR) + "/bin/goldilocks";
  const std::string command = "trap '' HUP; '" + program + "' --store '" + (folder / "store").string() + "' run '" +
                              digits_pipeline + "' --output '" + (folder / "run").string() +
                              "' & sleep 0.2; kill -HUP $!; wait $!";
  const ProgramResult result = testing::run_program("/bin/sh", {"-c", command});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
}

}  // namespace
}  // namespace goldilocks
