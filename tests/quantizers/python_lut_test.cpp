// Functions in Python. Where no Python 3 with numpy is installed, what needs one is skipped.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/base/thread_pool.hpp"
#include "tests/quantizers/bundled.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::testing {
namespace {

using plugins::QuantizedTensor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using weights::Kind;

bool has_numpy() {
  static const bool found = std::system("/usr/bin/python3 -c 'import numpy' 2> /dev/null") == 0;
  return found;
}

class PythonLut : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_numpy()) GTEST_SKIP() << "/usr/bin/python3 with numpy is not installed";
  }

  // Options with a script of these lines; line 1 imports numpy.
  plugins::OptionValues script(const std::string& text) {
    std::ofstream(folder_.path() / "lut.py") << "import numpy as np\n" << text;
    return {{"script", (folder_.path() / "lut.py").string()}};
  }

  // The error of a function with this body (its first line is line 3).
  std::string error_of(const std::string& body) {
    const plugins::OptionValues options = script("def lut_function(nbits, wp):\n" + body + "\n");
    return error_of([&] { quantize("python_lut", vector_of({1, 2, 3}), 2, options); });
  }

  static std::string error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const PluginError& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

constexpr const char* evenly_spaced = R"(
def lut_function(nbits, wp):
    lut = np.linspace(wp.min(), wp.max(), 2 ** nbits)
    qw = np.abs(wp.reshape(-1, 1) - lut.reshape(1, -1)).argmin(axis=1)
    return lut, qw
)";

TEST_F(PythonLut, GivesTheTableAndCodesOfTheFunction) {
  const QuantizedTensor result = quantize("python_lut", vector_of({0, 3, 1, 2.9F, 0.2F}), 2, script(evenly_spaced));
  EXPECT_EQ(result.form, Kind::table);
  EXPECT_EQ(result.bits, 2);
  EXPECT_THAT(result.table, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(result.codes, ElementsAre(0, 3, 1, 3, 0));
}

TEST_F(PythonLut, AgreesWithTheBundledFunctionThatComputesTheSame) {
  std::vector<float> values;
  for (int i = 0; i < 5000; ++i) values.push_back(std::sin(static_cast<float>(i)) * static_cast<float>(i % 17));
  const plugins::OptionValues options = script(R"(
def lut_function(nbits, wp):
    w = wp.reshape(1, -1)
    scale = (w.max() - w.min()) / (2 ** nbits - 1)
    return np.arange(2 ** nbits) * scale + w.min(), np.round((w - w.min()) * (1 / scale))
)");
  for (const int bits : {1, 2, 3, 4, 5, 6, 7, 8}) {
    const QuantizedTensor python = quantize("python_lut", vector_of(values), bits, options);
    const QuantizedTensor bundled = quantize("linear_lut", vector_of(values), bits);
    EXPECT_EQ(python.table, bundled.table) << bits;
    EXPECT_EQ(python.codes, bundled.codes) << bits;
  }
  EXPECT_EQ(quantize("python_lut", vector_of(values), 16, options).form, Kind::float16);
}

TEST_F(PythonLut, TheArgumentIsAnArrayOfFloat64InTheWeightsShapeAndNewAtEachCall) {
  const plugins::OptionValues options = script(R"(
def lut_function(nbits, wp):
    assert type(nbits) is int and type(wp) is np.ndarray
    assert wp.dtype == np.float64 and wp.shape == (2, 3, 1, 2), (wp.dtype, wp.shape)
    assert wp[1, 2, 0, 1] == 11 and wp[0, 1, 0, 0] == 2
    wp[:] = 0
    return [0.5] * 2 ** nbits, np.zeros(wp.shape, dtype=np.int64)
)");
  WeightTensor tensor{{}, {2, 3, 1, 2}};
  for (int i = 0; i < 12; ++i) tensor.values.push_back(static_cast<float>(i));
  const plugins::Weights weights = tensor.weights();
  const auto quantizer = bundled_quantizer("python_lut", options);
  const auto task = quantizer->begin(weights);
  for (const int bits : {3, 2, 3}) EXPECT_EQ(task->quantize(bits).table, std::vector<float>(1U << bits, 0.5F));
}

TEST_F(PythonLut, AFunctionOfOneParameterGetsTheWeightsInTheirOwnType) {
  const plugins::OptionValues options = script(R"(
def lut_function(weight, scale=2):
    assert weight.dtype == np.float16 and weight.shape == (2, 2), (weight.dtype, weight.shape)
    lut, indices = np.unique(weight, return_inverse=True)
    weight[:] = 0
    return lut * scale, indices
)");
  const WeightTensor tensor{{1, 3, 3, 2}, {2, 2}};
  plugins::Weights weights = tensor.weights();
  weights.value_type = plugins::ValueType::float16;
  const auto quantizer = bundled_quantizer("python_lut", options);
  const QuantizedTensor result = quantizer->begin(weights)->quantize(3);
  EXPECT_THAT(result.table, ElementsAre(2, 4, 6, 0, 0, 0, 0, 0)) << "filled up to the width that is asked for";
  EXPECT_THAT(result.codes, ElementsAre(0, 2, 2, 1));
  const auto error = [&](const std::string& body) {
    const plugins::OptionValues other = script("def lut_function(weight):\n" + body + "\n");
    return error_of([&] { quantize("python_lut", vector_of({1, 2, 3}), 1, other); });
  };
  EXPECT_THAT(error("    return [1, 2, 3], [0, 1, 2]"), HasSubstr("a table of shape (3,); 1 bits hold 2 entries"));
  EXPECT_THAT(error("    return [1], [0, 1, 0]"),
              HasSubstr("the code 1 at index 1; its table of 1 entries holds 0 to"));
  EXPECT_THAT(error("    return [1]"), HasSubstr("a pair (lut, indices)"));
}

TEST_F(PythonLut, VectorsAreRows) {
  const WeightTensor tensor{{0, 1, 2, 3, 4, 5, 6, 7}, {4, 2}, 0};
  plugins::Weights weights = tensor.weights();
  weights.vector_length = 2;
  for (const char* const head : {"def lut_function(weight):", "def lut_function(nbits, weight):"}) {
    const plugins::OptionValues options = script(std::string(head) + R"(
    assert weight.tolist() == [[0, 2], [1, 3], [4, 6], [5, 7]], weight
    return weight[1:3].tolist() + [[9, 9], [8, 8]], [0, 0, 1, 3]
)");
    const QuantizedTensor result = bundled_quantizer("python_lut", options)->begin(weights)->quantize(2);
    EXPECT_EQ(result.form, Kind::vector_table);
    EXPECT_EQ(result.vector_length, 2U);
    EXPECT_THAT(result.table, ElementsAre(1, 3, 4, 6, 9, 9, 8, 8));
    EXPECT_THAT(result.codes, ElementsAre(0, 0, 1, 3));
  }
}

TEST_F(PythonLut, AnotherFunctionAndModulesBesideTheScript) {
  std::ofstream(folder() / "beside.py") << "value = 4\n";
  plugins::OptionValues options = script(
      "import beside\nprint('hello')\n"
      "def mine(nbits, wp):\n    return [beside.value] * 2**nbits, wp.astype(int) * 0\n");
  options["function"] = "mine";
  EXPECT_THAT(quantize("python_lut", vector_of({7}), 1, options).table, ElementsAre(4, 4));
}

TEST_F(PythonLut, ManyThreadsHaveAChildEach) {
  const auto quantizer = bundled_quantizer("python_lut", script(evenly_spaced));
  ThreadPool pool(4);
  pool.parallel_for(24, [&](std::size_t i) {
    const auto first = static_cast<float>(i);
    const WeightTensor tensor = vector_of({first, first + 1, first + 0.9F});
    const plugins::Weights weights = tensor.weights();
    const QuantizedTensor result = quantizer->begin(weights)->quantize(1);
    EXPECT_THAT(result.table, ElementsAre(first, first + 1));
    EXPECT_THAT(result.codes, ElementsAre(0, 1, 1));
  });
}

TEST_F(PythonLut, AnExceptionNamesItsLineInTheScript) {
  const std::string place = "layer 'conv1', weights: quantizer 'python_lut': " + (folder() / "lut.py").string() + ":";
  EXPECT_EQ(error_of("    return 1 / 0, wp"), place + "3: ZeroDivisionError: division by zero, in: return 1 / 0, wp");
  EXPECT_THAT(error_of("    pass\n    return np.zeros(3).reshape(2, 2), wp"), StartsWith(place + "4: ValueError: "));
  EXPECT_THAT(error_of("    import sys\n    sys.exit(3)"), StartsWith(place + "4: SystemExit: 3"));
}

TEST_F(PythonLut, AFailedCallLeavesTheChildFitForTheNext) {
  const auto quantizer = bundled_quantizer("python_lut", script("def lut_function(nbits, wp):\n"
                                                                "    assert nbits == 1\n"
                                                                "    return [1, 2], [0, 1, 0]\n"));
  const WeightTensor tensor = vector_of({1, 2, 1});
  const plugins::Weights weights = tensor.weights();
  const auto task = quantizer->begin(weights);
  EXPECT_THAT([&] { task->quantize(2); }, ::testing::ThrowsMessage<PluginError>(HasSubstr("AssertionError")));
  EXPECT_THAT(task->quantize(1).codes, ElementsAre(0, 1, 0));
}

TEST_F(PythonLut, WhatTheFunctionReturnsIsChecked) {
  const std::string returned = "lut.py: lut_function() ";
  EXPECT_THAT(error_of("    return wp"), HasSubstr(returned + "did not return a pair (lut, qw)"));
  EXPECT_THAT(error_of("    return [1, 2, 3], wp"),
              HasSubstr(returned + "returned a table of shape (3,); 2 bits need 4 entries"));
  EXPECT_THAT(error_of("    return ['a'] * 4, wp"),
              HasSubstr(returned + "returned table entries of dtype <U1, which are no plain numbers"));
  EXPECT_THAT(error_of("    return [[1, 2], [3]], wp"),
              HasSubstr(returned + "returned table entries whose rows differ"));
  EXPECT_THAT(error_of("    return [0, 1, np.nan, 2], [0, 0, 0]"),
              HasSubstr(returned + "returned the table entry nan at index 2"));
  EXPECT_THAT(error_of("    return [0, 1e300, 1, 2], [0, 0, 0]"),
              HasSubstr(returned + "returned the table entry inf at index 1"));
  EXPECT_THAT(error_of("    return [0] * 4, [1, 2]"),
              HasSubstr(returned + "returned codes of shape (2,) for weights of shape (3,)"));
  EXPECT_THAT(error_of("    return [0] * 4, [0, 1.5, 2]"),
              HasSubstr(returned + "returned codes of dtype float64 that are not whole numbers"));
  EXPECT_THAT(error_of("    return [0] * 4, [0, np.nan, 2]"), HasSubstr("not whole numbers"));
  EXPECT_THAT(error_of("    return [0] * 4, [0, 4, 2]"),
              HasSubstr(returned + "returned the code 4 at index 1; 2 bits hold 0 to 3"));
  EXPECT_THAT(error_of("    return [0] * 4, [0, 1, -1]"), HasSubstr(returned + "returned the code -1 at index 2"));
}

TEST_F(PythonLut, AScriptThatCanNotBeUsedIsNamed) {
  const auto error = [&](const plugins::OptionValues& options) {
    return error_of([&] { quantize("python_lut", vector_of({1}), 2, options); });
  };
  EXPECT_THAT(error(script("def lut_function(:\n")), HasSubstr("lut.py:2: SyntaxError: "));
  EXPECT_THAT(error(script("import no_such_module\n")), HasSubstr("lut.py:2: ModuleNotFoundError: No module named"));
  EXPECT_THAT(error(script("lut_function = 3\n")), HasSubstr("lut.py: lut_function() is not defined in this script"));
  EXPECT_THAT(error({{"script", std::string("/nowhere/lut.py")}}),
              HasSubstr("option 'script': there is no file /nowhere/lut.py"));
}

TEST_F(PythonLut, AnInterpreterThatCanNotBeUsedIsNamed) {
  const auto error = [&](const std::string& interpreter) {
    plugins::OptionValues options = script(evenly_spaced);
    options["interpreter"] = interpreter;
    return error_of([&] { quantize("python_lut", vector_of({1}), 2, options); });
  };
  EXPECT_THAT(error("/nowhere/python3"), HasSubstr("option 'interpreter': /nowhere/python3 is no program"));
  EXPECT_THAT(error("/bin/false"), HasSubstr("/bin/false ended with status 1 without an answer"));
  // A Python without numpy: this one, kept from finding it.
  const std::filesystem::path bare = folder() / "bare_python";
  std::ofstream(bare) << "#!/bin/sh\nexec /usr/bin/python3 -I -S \"$@\"\n";
  std::filesystem::permissions(bare, std::filesystem::perms::owner_all);
  EXPECT_THAT(error(bare.string()), HasSubstr("has no numpy, which python_lut needs (on Debian: python3-numpy)"));
}

TEST_F(PythonLut, AChildThatDiesIsReplaced) {
  const auto quantizer =
      bundled_quantizer("python_lut", script("import os, signal\n"
                                             "def lut_function(nbits, wp):\n"
                                             "    if nbits == 2: os.kill(os.getpid(), signal.SIGSEGV)\n"
                                             "    if nbits == 3: os._exit(5)\n"
                                             "    return [1, 2], [0]\n"));
  const WeightTensor tensor = vector_of({1});
  const plugins::Weights weights = tensor.weights();
  const auto task = quantizer->begin(weights);
  EXPECT_THAT(error_of([&] { task->quantize(2); }), HasSubstr("was ended by signal 11 (Segmentation fault)"));
  EXPECT_THAT(error_of([&] { task->quantize(3); }), HasSubstr("ended with status 5 without an answer"));
  EXPECT_THAT(task->quantize(1).table, ElementsAre(1, 2));
}

TEST_F(PythonLut, StopsWhenTheUserAsksTo) {
  const plugins::OptionValues options = script("import time\ndef lut_function(nbits, wp):\n    time.sleep(60)\n");
  std::thread user([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    request_cancellation();
  });
  EXPECT_THROW(quantize("python_lut", vector_of({1}), 2, options), Interrupted);
  user.join();
  clear_cancellation();
}

}  // namespace
}  // namespace goldilocks::testing
