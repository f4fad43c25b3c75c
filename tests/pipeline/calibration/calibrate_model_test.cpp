// Calibration from a file and images to a file: what it changes is held against the answers of the full network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/evaluation/divergence.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/single/single.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::HasSubstr;
using testing::registry;
using testing::Workspace;

QuantizeFileRequest calibrated_request(const Workspace& workspace, const std::string& function, int bits) {
  QuantizeFileRequest request;
  request.model = workspace / "tiny.mlmodel";
  request.step.function = function;
  request.step.bits = bits;
  request.keep = Keep::always;
  request.calibration = CalibrationArguments{.images = workspace / "images.npy"};
  return request;
}

QuantizeFileResult calibrated_file(QuantizeFileRequest& request, const std::filesystem::path& output,
                                   std::size_t threads = 2) {
  ThreadPool pool(threads);
  request.output = output;
  return quantize_file(request, registry(), pool);
}

double divergence_from_full(const Workspace& workspace, const std::filesystem::path& file) {
  const auto scores = [&](const std::filesystem::path& model) {
    return testing::scores_of(lower_image_network(*formats::open(model), model.string()), workspace / "images.npy");
  };
  const std::vector<float> before = scores(workspace / "tiny.mlmodel");
  const std::vector<float> after = scores(file);
  return evaluation::mean_divergence({before, 3}, {after, 3});
}

TEST(ModelCalibration, BringsAnswersNearerToTheFullNetworksAtTheSameSize) {
  const Workspace workspace;
  for (const auto& [function, bits] : {std::pair{"kmeans_lut", 2}, std::pair{"linear", 3}}) {
    QuantizeFileRequest request = calibrated_request(workspace, function, bits);
    const QuantizeFileResult result = calibrated_file(request, workspace / "calibrated.mlmodel");
    request.calibration.reset();
    const QuantizeFileResult plain = calibrated_file(request, workspace / "plain.mlmodel");
    EXPECT_EQ(result.bytes_after, plain.bytes_after);
    EXPECT_LT(divergence_from_full(workspace, workspace / "calibrated.mlmodel"),
              0.7 * divergence_from_full(workspace, workspace / "plain.mlmodel"))
        << function;
  }
}

TEST(ModelCalibration, SaysOfEachTensorWhatBecameOfIt) {
  const Workspace workspace;
  QuantizeFileRequest request = calibrated_request(workspace, "kmeans_lut", 2);
  int calibrated = 0;
  for (const TensorReport& tensor : calibrated_file(request, {}).report.tensors) {
    if (tensor.parameter != "weights") continue;
    ++calibrated;
    EXPECT_THAT(tensor.note, HasSubstr("calibrated: ")) << tensor.layer;
    EXPECT_EQ(tensor.after, "2 bit table");
    EXPECT_GT(tensor.squared_error, 0);
  }
  EXPECT_EQ(calibrated, 2);
}

TEST(ModelCalibration, GivesTheSameBytesForAnyNumberOfThreads) {
  const Workspace workspace;
  QuantizeFileRequest request = calibrated_request(workspace, "kmeans_lut", 3);
  calibrated_file(request, workspace / "one.mlmodel", 1);
  calibrated_file(request, workspace / "three.mlmodel", 3);
  EXPECT_TRUE(read_file(workspace / "one.mlmodel") == read_file(workspace / "three.mlmodel"));
}

TEST(ModelCalibration, OneSampleWillDo) {
  const Workspace workspace;
  QuantizeFileRequest request = calibrated_request(workspace, "kmeans_lut", 3);
  request.calibration->samples = 1;
  EXPECT_GT(calibrated_file(request, workspace / "one.mlmodel").bytes_after, 0U);
}

TEST(ModelCalibration, WithoutImagesIsAnErrorThatNamesTheFolder) {
  const Workspace workspace;
  QuantizeFileRequest request = calibrated_request(workspace, "kmeans_lut", 3);
  request.calibration->images = workspace / "nowhere";
  EXPECT_THAT([&] { calibrated_file(request, workspace / "out.mlmodel"); },
              ::testing::ThrowsMessage<Error>(HasSubstr("nowhere")));
  EXPECT_FALSE(std::filesystem::exists(workspace / "out.mlmodel"));
}

}  // namespace
}  // namespace goldilocks::pipeline
