// A run that is killed, again and again at random moments, ends with the same bytes as one that was left alone.
#include <algorithm>
#include <csignal>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/end_to_end/run_folder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

using testing::goldilocks;
using testing::ProgramResult;
using testing::ProgramSettings;
using testing::TemporaryFolder;

const std::string pipeline = std::string(GOLDILOCKS_SOURCE_DIR) + "/pipelines/digits.yaml";

TEST(Resume, AfterKillsAtRandomMomentsTheBytesAreTheSame) {
  const TemporaryFolder folder;
  const ProgramResult calm =
      goldilocks(folder / "calm-store", {"run", pipeline, "--output", (folder / "calm").string()});
  ASSERT_EQ(calm.exit_code, 0) << calm.errors;

  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::vector<std::string> arguments = {"run", pipeline, "--output", (folder / "killed").string()};
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

TEST(Resume, CtrlCEndsInOrderAndTheSameCommandGoesOn) {
  const TemporaryFolder folder;
  const std::vector<std::string> arguments = {"run", pipeline, "--output", (folder / "run").string()};
  ProgramSettings settings;
  settings.kill_signal = SIGINT;
  // The moment at which a run can be interrupted depends on the machine: later and later, until one is.
  int exit_code = 0;
  for (int tries = 0; tries < 50 && exit_code != 5; ++tries) {
    settings.kill_after = std::chrono::milliseconds(20 * (tries + 1));
    const ProgramResult result = goldilocks(folder / ("store" + std::to_string(tries)), arguments, settings);
    exit_code = result.exit_code;
    if (exit_code == 5) {
      EXPECT_THAT(result.errors, ::testing::HasSubstr("interrupted"));
    }
  }
  EXPECT_EQ(exit_code, 5);
  EXPECT_EQ(goldilocks(folder / "store0", arguments).exit_code, 0);
}

}  // namespace
}  // namespace goldilocks
