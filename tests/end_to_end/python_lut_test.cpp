// A researcher's script in a sweep, beside functions that are built in.
#include <csignal>
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using testing::goldilocks;
using testing::ProgramResult;
using testing::ProgramSettings;
using testing::TemporaryFolder;

class PythonSweep : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("/usr/bin/python3 -c 'import numpy' 2> /dev/null") != 0) {
      GTEST_SKIP() << "/usr/bin/python3 with numpy is not installed";
    }
  }

  // A sweep of linear_lut, kmeans_lut and the script's function at 8 and 4 bits.
  ProgramResult run(const std::string& script, const ProgramSettings& settings = {}) const {
    std::ofstream(folder_ / "evenly.py") << script;
    std::ofstream(folder_ / "pipeline.yaml")
        << "stages:\n"
        << "  - load: {model: '" << GOLDILOCKS_SOURCE_DIR << "/examples/digits/digits.mlmodel'}\n"
        << "  - quantize:\n"
        << "      sweep:\n"
        << "        function: [linear_lut, kmeans_lut, {python_lut: {script: evenly.py}}]\n"
        << "        bits: [8, 4]\n";
    return goldilocks(folder_ / "store", {"run", (folder_ / "pipeline.yaml").string(), "--output", out().string()},
                      settings);
  }

  fs::path out() const { return folder_ / "run"; }
  fs::path model(const std::string& name) const { return out() / ("digits_" + name + ".mlmodel"); }

  TemporaryFolder folder_;
};

TEST_F(PythonSweep, MakesTheFilesOfTheBuiltInFunctionThatComputesTheSame) {
  const ProgramResult result = run(R"(import numpy as np
def lut_function(nbits, wp):
    print("this is no output of the program")
    scale = (wp.max() - wp.min()) / (2 ** nbits - 1)
    lut = np.arange(2 ** nbits) * scale + wp.min()
    if abs(scale) <= 1e-6: return lut, np.zeros(wp.shape)
    return lut, np.round((wp - wp.min()) * (1 / scale))
)");
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, ::testing::Not(::testing::HasSubstr("this is no output")));
  for (const char* bits : {"_8", "_4"}) {
    EXPECT_EQ(read_file(model(std::string("python_lut") + bits)), read_file(model(std::string("linear_lut") + bits)));
    EXPECT_EQ(goldilocks(folder_ / "store", {"validate", model(std::string("python_lut") + bits).string()}).exit_code,
              0);
    EXPECT_TRUE(fs::exists(model(std::string("kmeans_lut") + bits)));
  }
}

TEST_F(PythonSweep, AScriptThatFailsAtAWidthFailsThatVariantAlone) {
  const ProgramResult result = run(R"(import numpy as np
def lut_function(nbits, wp):
    if nbits == 4:
        raise ValueError("no good")
    return np.zeros(2 ** nbits), np.zeros(wp.shape)
)");
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.errors, ContainsRegex("error: digits_python_lut_4: layer '[a-z0-9]+', [a-z]+: quantizer "
                                           "'python_lut': .*/evenly.py:4: ValueError: no good, in: raise ValueError"));
  EXPECT_FALSE(fs::exists(model("python_lut_4")));
  for (const char* name : {"python_lut_8", "linear_lut_8", "linear_lut_4", "kmeans_lut_8", "kmeans_lut_4"}) {
    EXPECT_TRUE(fs::exists(model(name))) << name;
  }
}

// run_program() returns when the last process that holds the program's standard error has ended: the children too.
TEST_F(PythonSweep, ChildrenEndWithTheRunThatIsKilled) {
  for (const int signal : {SIGKILL, SIGINT}) {
    ProgramSettings kill;
    kill.kill_after = std::chrono::seconds(2);
    kill.kill_signal = signal;
    const ProgramResult result = run(R"(import time
def lut_function(nbits, wp):
    time.sleep(60)
)",
                                     kill);
    EXPECT_LT(result.seconds, 30) << signal;
    EXPECT_TRUE(signal == SIGKILL ? result.signal == SIGKILL : result.exit_code == 5) << result.errors;
  }
}

}  // namespace
}  // namespace goldilocks
