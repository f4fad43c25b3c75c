#include "core/quantization/calibration/calibrate_tensor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/weights/codec.hpp"
#include "tests/quantization/calibration/random_layer.hpp"
#include "tests/quantization/made_up.hpp"

namespace goldilocks::quantization {
namespace {

// A function as a quantizer.
class Functional final : public plugins::Quantizer {
 public:
  explicit Functional(Function function) : function_(std::move(function)) {}
  std::unique_ptr<plugins::QuantizerTask> begin(const plugins::Weights& weights) const override {
    return std::make_unique<Task>(function_, weights);
  }

 private:
  class Task final : public plugins::QuantizerTask {
   public:
    Task(const Function& function, plugins::Weights weights) : function_(function), weights_(std::move(weights)) {}
    plugins::QuantizedTensor quantize(int bits) override { return function_(weights_, bits); }

   private:
    const Function& function_;
    plugins::Weights weights_;
  };
  Function function_;
};

CalibratedTensor calibrate(const Function& function, const std::vector<float>& values, std::int64_t rows,
                           const LayerMoments& moments, int bits, std::size_t threads = 2) {
  const weights::Weight weight = made_up_weight({rows, static_cast<std::int64_t>(moments.inputs)});
  const Functional quantizer(function);
  const auto plain =
      store_result(weight, values, quantizer.begin(tensor_for_function(weight, values, {}))->quantize(bits));
  ThreadPool pool(threads);
  return calibrate_tensor(weight, values, quantizer, bits, plain.content.value(), moments, {}, pool);
}

std::vector<float> decoded(const weights::Stored& stored) {
  std::vector<float> buffer;
  const auto values = weights::view(stored, "", buffer);
  return {values.begin(), values.end()};
}

TEST(CalibrateTensor, ATableGetsLessThanHalfOfTheError) {
  RandomLayer random(1);
  const LayerMoments moments = random.layer_moments(24, 60);
  const std::vector<float> values = random.floats(std::size_t{16} * 24);
  const CalibratedTensor result = calibrate(two_values, values, 16, moments, 1);
  ASSERT_TRUE(result.content);
  EXPECT_EQ(result.content->encoding.kind, weights::Kind::table);
  EXPECT_LT(result.error, 0.5 * result.uncalibrated_error);
  ThreadPool pool(1);
  const CodedLayer layer(values, moments, {}, pool);
  EXPECT_NEAR(layer.error(decoded(*result.content)), result.error, 1e-9 * result.error);
  EXPECT_NE(result.note.find("error compensation"), std::string::npos) << result.note;
}

TEST(CalibrateTensor, ALinearGridPerChannelGetsLessThanHalfOfTheError) {
  RandomLayer random(2);
  const LayerMoments moments = random.layer_moments(24, 60);
  const CalibratedTensor result = calibrate(linear, random.floats(std::size_t{16} * 24), 16, moments, 3);
  ASSERT_TRUE(result.content);
  EXPECT_EQ(result.content->encoding.kind, weights::Kind::linear);
  EXPECT_EQ(result.content->scaling.scale.count, 16U);
  EXPECT_LT(result.error, 0.5 * result.uncalibrated_error);
}

TEST(CalibrateTensor, TheFunctionGetsTheImportance) {
  RandomLayer random(3);
  const LayerMoments moments = random.layer_moments(4, 60);
  std::vector<float> importance;
  const auto recorded = [&](const plugins::Weights& weights, int bits) {
    importance.assign(weights.importance.begin(), weights.importance.end());
    return two_values(weights, bits);
  };
  calibrate(recorded, random.floats(8), 2, moments, 1);
  ASSERT_EQ(importance.size(), 8U);
  EXPECT_TRUE(std::equal(importance.begin(), importance.begin() + 4, importance.begin() + 4));
  EXPECT_TRUE(std::ranges::all_of(importance, [](float x) { return x > 0; }));
}

TEST(CalibrateTensor, IsTheSameForAnyNumberOfThreads) {
  RandomLayer random(4);
  const LayerMoments moments = random.layer_moments(40, 90);
  const std::vector<float> values = random.floats(std::size_t{50} * 40);
  const auto one = calibrate(two_values, values, 50, moments, 1, 1);
  const auto three = calibrate(two_values, values, 50, moments, 1, 3);
  EXPECT_EQ(one.error, three.error);
  EXPECT_EQ(decoded(one.content.value()), decoded(three.content.value()));
}

TEST(CalibrateTensor, KeepsWhatCannotBeBettered) {
  RandomLayer random(5);
  const LayerMoments moments = random.layer_moments(4, 60);
  const CalibratedTensor result = calibrate(two_values, {1, -1, 1, -1, 1, 1, -1, -1}, 2, moments, 1);
  EXPECT_FALSE(result.content);
  EXPECT_EQ(result.error, 0);
}

TEST(CalibrateTensor, SaysWhyMomentsAreOfNoUse) {
  RandomLayer random(6);
  LayerMoments moments = random.layer_moments(4, 60);
  moments.groups[0].blocks[0].second(2, 2) = std::numeric_limits<double>::quiet_NaN();
  const CalibratedTensor result = calibrate(two_values, random.floats(8), 2, moments, 1);
  EXPECT_FALSE(result.content);
  EXPECT_NE(result.note.find("not calibrated"), std::string::npos) << result.note;
}

}  // namespace
}  // namespace goldilocks::quantization
