// `goldilocks predict` as a user runs it, on the digits that ship with the project.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "tests/end_to_end/digits_files.hpp"
#include "tests/support/program.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

using nlohmann::json;
using testing::goldilocks;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::TemporaryFolder;

namespace fs = std::filesystem;

// A .npy file of version 1.
std::string npy_of(const std::string& type, const std::string& shape, const std::string& content) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header + content;
}

class Predict : public ::testing::Test {
 protected:
  // The first images of the test set, which is packed, in files of their own.
  void SetUp() override {
    const std::string packed = read_file(digits_images);
    const std::size_t start = packed.find('\n') + 1;
    const std::string labels = read_file(digits_labels);
    const json shown = json::parse(run({digits_model, "--describe", "--json"}).output);
    side_ = shown.at("inputs").at(0).at("shape").at(0).get<std::size_t>();
    for (std::size_t image = 0; image < 3; ++image) {
      const std::string side = std::to_string(side_);
      write_file_atomically(
          folder_ / "images" / (std::to_string(image) + ".npy"),
          npy_of("|u1", side + ", " + side, packed.substr(start + image * side_ * side_, side_ * side_)));
    }
  }

  ProgramResult run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "predict");
    return goldilocks(folder_ / "store", std::move(arguments));
  }
  std::string image(int number) const { return (folder_ / "images" / (std::to_string(number) + ".npy")).string(); }

  TemporaryFolder folder_;
  std::size_t side_ = 0;
};

TEST_F(Predict, RefusesAModelWhoseWeightsNeedMoreThanTheLimit) {
  const ProgramResult result = run({digits_model, "--input", image(0), "--weights-limit", "0.00001"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.errors, HasSubstr("digits.mlmodel: layer '"));
  EXPECT_THAT(result.errors, HasSubstr("GiB"));
  EXPECT_EQ(run({digits_model, "--input", image(0), "--weights-limit", "1", "--loop-bound", "10"}).exit_code, 0);
  EXPECT_EQ(run({digits_model, "--input", image(0), "--loop-bound", "0"}).exit_code, 2);
}

TEST_F(Predict, ShowsTheLabelAndTheHighestProbabilities) {
  const ProgramResult result = run({digits_model, "--input", image(0), "--top", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("... 8 more"));
}

TEST_F(Predict, MakesAPredictionForEachFileOfAFolder) {
  const ProgramResult folder = run({digits_model, "--input", (folder_ / "images").string(), "--json"});
  ASSERT_EQ(folder.exit_code, 0) << folder.errors;
  const json all = json::parse(folder.output).at("predictions");
  ASSERT_EQ(all.size(), 3U);
  for (int number = 0; number < 3; ++number) {
    const ProgramResult one =
        run({digits_model, "--input", image(number), "--json", "--backend", "onednn", "--threads", "1"});
    EXPECT_EQ(json::parse(one.output).at("predictions").at(0), all.at(static_cast<std::size_t>(number)));
  }
}

TEST_F(Predict, WritesOutputsAndInnerTensors) {
  const fs::path out = folder_ / "out";
  const ProgramResult result = run({digits_model, "--input", image(0), "--output-dir", out.string(), "--intermediate",
                                    "all", "--backend", "reference"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.output, "");
  const json outputs = json::parse(read_file(out / "outputs.json"));
  EXPECT_EQ(outputs.size(), 2U) << outputs;
  std::size_t inner = 0;
  for (const auto& entry : fs::directory_iterator(out / "inner")) {
    EXPECT_EQ(entry.path().extension(), ".npy");
    EXPECT_EQ(read_file(entry.path()).substr(1, 5), "NUMPY");
    ++inner;
  }
  EXPECT_GT(inner, 3U);
}

// The model adds its input to its state, and gives the sum.
TEST_F(Predict, StatesComeFromFilesAndGoOnThroughASequence) {
  GOLDILOCKS_REFERENCE_OR_SKIP(model, "mlprogram/op-cases/state_accumulate/model.mlpackage");
  const std::string input = "[[1, 2, 3], [4, 5, 6]]";
  const auto last_of = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {model.string(), "--input", input, "--input", input, "--json"});
    const ProgramResult result = run(std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return json::parse(result.output).at("predictions").at(1);
  };
  const json alone = last_of({});
  EXPECT_EQ(alone.at("outputs").at("out").at("values"), json({1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(alone.at("state").at("s").at("values"), json({1, 2, 3, 4, 5, 6}));
  const std::string folder = (folder_ / "out").string();
  EXPECT_EQ(last_of({"--stateful", "--output-dir", folder}).at("outputs").at("out").at("values"),
            json({2, 4, 6, 8, 10, 12}));
  const json later = last_of({"--stateful", "--state", "s=" + folder + "/2/state/s.npy"});
  EXPECT_EQ(later.at("outputs").at("out").at("values"), json({4, 8, 12, 16, 20, 24}));
  const ProgramResult unknown = run({model.string(), "--input", input, "--state", "t=" + folder + "/2/state/s.npy"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.errors, HasSubstr("the model has no state 't'"));
  const ProgramResult other = run({model.string(), "--describe", "--function-name", "second"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.errors, HasSubstr("has no function 'second'"));
}

TEST_F(Predict, SaysWhatIsWrong) {
  const auto errors = [&](std::vector<std::string> arguments, int exit_code) {
    const ProgramResult result = run(std::move(arguments));
    EXPECT_EQ(result.exit_code, exit_code) << result.errors;
    EXPECT_EQ(result.output, "");
    return result.errors;
  };
  EXPECT_THAT(errors({digits_model}, 2), HasSubstr("is missing (image"));
  EXPECT_THAT(errors({digits_model, "--input", "nowhere.png"}, 3), HasSubstr("nowhere.png"));
  EXPECT_THAT(errors({digits_model, "--input", image(0), "--intermediate", "cnov1"}, 2), HasSubstr("no layer 'cnov1'"));
  EXPECT_THAT(errors({digits_model, "--input", image(0), "--backend", "onedn"}, 4), HasSubstr("did you mean 'onednn'"));
  write_file_atomically(folder_ / "bad.npy", std::string_view("NUMPY"));
  EXPECT_THAT(errors({digits_model, "--input", (folder_ / "bad.npy").string()}, 3),
              HasSubstr("bad.npy: not a readable .npy"));
  write_file_atomically(folder_ / "bad.json", std::string_view("[[1, 2], [3]]"));
  EXPECT_NE(errors({digits_model, "--input", (folder_ / "bad.json").string()}, 2), "");
}

}  // namespace
}  // namespace goldilocks
