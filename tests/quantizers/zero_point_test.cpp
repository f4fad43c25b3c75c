// linear, linear_symmetric, linear_lut and unique_lut for ML Programs: worked numbers of the reference implementation.
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/quantizers/bundled.hpp"

namespace goldilocks {
namespace {

using plugins::OptionValues;
using plugins::QuantizedTensor;
using plugins::ValueType;
using testing::bundled_quantizer;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::WeightTensor;
using weights::Kind;

// A tensor of an ML Program.
struct ProgramTensor : WeightTensor {
  ValueType type = ValueType::float32;
  std::size_t vector_length = 1;
  std::string operation = "linear";
};

QuantizedTensor compress(const std::string& function, const ProgramTensor& tensor, int bits,
                         OptionValues options = {}) {
  const auto quantizer = bundled_quantizer(function, std::move(options));
  plugins::Weights weights = tensor.weights();
  weights.accepted_forms = {Kind::table,        Kind::zero_point,     Kind::float16,
                            Kind::vector_table, Kind::sparse_float32, Kind::float32};
  weights.value_type = tensor.type;
  weights.vector_length = tensor.vector_length;
  weights.layer_type = tensor.operation;
  weights.parameter = "weight";
  return quantizer->begin(weights)->quantize(bits);
}

ProgramTensor two_rows(ValueType type = ValueType::float32) {
  return {{{0.5F, -1, 0.25F, 2, 0.3F, -0.7F}, {2, 3}, 0}, type};
}

// Codes as the format stores them.
std::vector<int> stored_codes(const QuantizedTensor& result) {
  std::vector<int> codes;
  for (const std::uint8_t code : result.codes) {
    codes.push_back(result.signed_codes ? code - (1 << (result.bits - 1)) : code);
  }
  return codes;
}

std::vector<int> stored_zero_points(const QuantizedTensor& result) {
  std::vector<int> points;
  for (const std::uint8_t point : result.zero_point) {
    points.push_back(result.signed_codes ? point - (1 << (result.bits - 1)) : point);
  }
  return points;
}

TEST(ZeroPoints, SymmetricSignedCodesHaveNone) {
  const QuantizedTensor result = compress("linear_symmetric", two_rows(), 8);
  EXPECT_EQ(result.form, Kind::zero_point);
  EXPECT_TRUE(result.signed_codes);
  EXPECT_THAT(stored_codes(result), ElementsAre(64, -127, 32, 127, 19, -44));
  EXPECT_THAT(result.scale, ElementsAre(0x1.020408p-7F, 0x1.020408p-6F));
  EXPECT_THAT(result.zero_point, IsEmpty());
}

TEST(ZeroPoints, SymmetricUnsignedCodesLieAboutTheMiddle) {
  const QuantizedTensor result = compress("linear_symmetric", two_rows(), 8, {{"unsigned", true}});
  EXPECT_FALSE(result.signed_codes);
  EXPECT_THAT(stored_codes(result), ElementsAre(191, 0, 159, 254, 146, 83));
  EXPECT_THAT(stored_zero_points(result), ElementsAre(127, 127));
}

TEST(ZeroPoints, LinearCodesReachBothEndsOfTheRangeWithZeroInIt) {
  const QuantizedTensor eight = compress("linear", two_rows(), 8, {{"unsigned", true}});
  EXPECT_THAT(stored_codes(eight), ElementsAre(255, 0, 212, 255, 94, 0));
  EXPECT_THAT(eight.scale, ElementsAre(0x1.818182p-8F, 0x1.5af48ep-7F));
  EXPECT_THAT(stored_zero_points(eight), ElementsAre(170, 66));
  const QuantizedTensor is_signed = compress("linear", two_rows(), 8);
  EXPECT_THAT(stored_codes(is_signed), ElementsAre(127, -128, 84, 127, -34, -128));
  EXPECT_THAT(stored_zero_points(is_signed), ElementsAre(42, -62));
}

TEST(ZeroPoints, FourBitsFollowTheSameRules) {
  const QuantizedTensor linear = compress("linear", two_rows(), 4);
  EXPECT_THAT(stored_codes(linear), ElementsAre(7, -8, 4, 7, -2, -8));
  EXPECT_THAT(linear.scale, ElementsAre(0x1.99999ap-4F, 0x1.70a3d8p-3F));
  EXPECT_THAT(stored_zero_points(linear), ElementsAre(2, -4));
}

TEST(ZeroPoints, OfFloat16WeightsEveryStepIsRoundedToFloat16) {
  ProgramTensor tensor = two_rows(ValueType::float16);
  tensor.values[4] = 0x1.334p-2F;  // 0.3 and -0.7 as halves
  tensor.values[5] = -0x1.668p-1F;
  const QuantizedTensor result = compress("linear", tensor, 8, {{"unsigned", true}});
  EXPECT_THAT(result.scale, ElementsAre(0x1.818p-8F, 0x1.5acp-7F));
  EXPECT_THAT(stored_zero_points(result), ElementsAre(170, 66));
  EXPECT_THAT(stored_codes(result), ElementsAre(255, 0, 212, 255, 94, 0));
}

TEST(ZeroPoints, ChannelsOfTheLastAxisAreCodedAsThoseOfTheFirst) {
  const ProgramTensor rows = two_rows();
  const ProgramTensor columns{{{0.5F, 2, -1, 0.3F, 0.25F, -0.7F}, {3, 2}, 1}};
  const QuantizedTensor first = compress("linear", rows, 8);
  const QuantizedTensor last = compress("linear", columns, 8);
  EXPECT_EQ(first.scale, last.scale);
  EXPECT_EQ(first.zero_point, last.zero_point);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(first.codes[i], last.codes[2 * i]);
    EXPECT_EQ(first.codes[3 + i], last.codes[2 * i + 1]);
  }
}

TEST(ZeroPoints, OfZerosAreZero) {
  const ProgramTensor zeros{{{0, 0, 0}, {1, 3}, 0}};
  const QuantizedTensor linear = compress("linear", zeros, 8);
  EXPECT_THAT(stored_codes(linear), Each(0));
  EXPECT_THAT(linear.scale, ElementsAre(0.0F));
  EXPECT_THAT(stored_zero_points(linear), ElementsAre(0));
  const QuantizedTensor symmetric = compress("linear_symmetric", zeros, 8, {{"unsigned", true}});
  EXPECT_THAT(stored_zero_points(symmetric), ElementsAre(127));
  EXPECT_THAT(stored_codes(symmetric), Each(0));
}

// The product of 255 and -300 is beyond float16: the reference implementation clamps an infinite zero point.
TEST(ZeroPoints, WhereFloat16OverflowsFloat32IsTakenUnlessTheReferenceIsWanted) {
  const ProgramTensor wide{{{-300, 200}, {2}, -1}, ValueType::float16};
  const QuantizedTensor sound = compress("linear", wide, 8, {{"unsigned", true}});
  EXPECT_THAT(stored_zero_points(sound), ElementsAre(153));
  EXPECT_THAT(sound.note, HasSubstr("float32"));
  const QuantizedTensor reference =
      compress("linear", wide, 8, {{"unsigned", true}, {"arithmetic", std::string("reference_always")}});
  EXPECT_THAT(reference.scale, ElementsAre(0x1.f6p+0F));
  EXPECT_THAT(stored_zero_points(reference), ElementsAre(255));
  EXPECT_THAT(stored_codes(reference), ElementsAre(102, 255));
  EXPECT_THAT(reference.note, IsEmpty());
}

TEST(UniformTable, HasTheReferencesEntriesAndIndices) {
  const QuantizedTensor result = compress("linear_lut", {{{0.5F, -1, 0.25F, 2, 0.3F, -0.7F}, {2, 3}, -1}}, 2);
  EXPECT_THAT(result.table, ElementsAre(-1.0F, 0.0F, 1.0F, 2.0F));
  EXPECT_THAT(result.codes, ElementsAre(2, 0, 1, 3, 1, 0));
}

TEST(UniformTable, OfEqualWeightsHasTheirValueInEveryEntry) {
  const QuantizedTensor result = compress("linear_lut", {{{0.25F, 0.25F}, {2}, -1}}, 2);
  EXPECT_THAT(result.table, Each(0.25F));
  EXPECT_THAT(result.codes, Each(0));
}

TEST(UniqueRows, TakesZeroAndMinusZeroForOneValue) {
  const QuantizedTensor result = compress("unique_lut", {{{0, -0.0F, 1, 0}, {4}, -1}}, 0);
  EXPECT_EQ(result.bits, 1);
  EXPECT_THAT(result.table, ElementsAre(0.0F, 1.0F));
  EXPECT_THAT(result.codes, ElementsAre(0, 0, 1, 0));
}

TEST(UniqueRows, GathersVectorsAlongTheChannelAxis) {
  const ProgramTensor pairs{{{0, 1, 2, 3, 0, 1, 2, 3}, {4, 2}, 0}, ValueType::float32, 2};
  const QuantizedTensor result = compress("unique_lut", pairs, 0);
  EXPECT_EQ(result.form, Kind::vector_table);
  EXPECT_EQ(result.vector_length, 2U);
  EXPECT_EQ(result.bits, 1);
  EXPECT_THAT(result.table, ElementsAre(0.0F, 2.0F, 1.0F, 3.0F));
  EXPECT_THAT(result.codes, ElementsAre(0, 1, 0, 1));
}

TEST(VectorTables, AreOfFunctionsThatMakeThemAlone) {
  const ProgramTensor pairs{{{0, 1, 2, 3}, {4}, 0}, ValueType::float32, 2};
  EXPECT_THROW(compress("linear", pairs, 8), PluginError);
  const ProgramTensor three{{{0, 1, 2}, {3}, 0}, ValueType::float32, 2};
  EXPECT_THROW(compress("unique_lut", three, 0), PluginError);
}

ProgramTensor small_matrix() { return {{{0.3F, -0.2F, -0.01F, 0.05F, 0, 0.4F}, {2, 3}, 0}}; }

TEST(Pruning, ByThresholdKeepsWhatIsLarger) {
  const QuantizedTensor result =
      compress("prune_threshold", small_matrix(), 0, {{"threshold", 0.03}, {"minimum_sparsity_percentile", 0.3}});
  EXPECT_EQ(result.form, Kind::sparse_float32);
  EXPECT_THAT(result.mask, ElementsAre(1, 1, 0, 1, 0, 1));
  EXPECT_THAT(result.float32, ElementsAre(0.3F, -0.2F, 0.0F, 0.05F, 0.0F, 0.4F));
  EXPECT_EQ(compress("prune_threshold", small_matrix(), 0, {{"threshold", 0.03}}).form, Kind::none);
}

TEST(Pruning, ByShareCutsAtTheInterpolatedPercentile) {
  EXPECT_THAT(compress("prune_magnitude", small_matrix(), 0, {{"target_sparsity", 0.5}}).mask,
              ElementsAre(1, 1, 0, 0, 0, 1));
  EXPECT_THAT(compress("prune_magnitude", small_matrix(), 0, {{"target_sparsity", 0.75}}).mask,
              ElementsAre(1, 0, 0, 0, 0, 1));
  EXPECT_THAT(compress("prune_magnitude", small_matrix(), 0, {{"target_sparsity", 1.0}}).mask, Each(0));
  EXPECT_THAT(compress("prune_magnitude", small_matrix(), 0, {{"target_sparsity", 0.0}}).mask,
              ElementsAre(1, 1, 1, 1, 0, 1));
}

TEST(Pruning, InBlocksGoesByTheBlocksNorms) {
  const ProgramTensor tensor{{{1, 3, -6, -7, 0, 3, -9, 2}, {4, 2}, 0}};
  const QuantizedTensor result =
      compress("prune_magnitude", tensor, 0,
               {{"target_sparsity", 0.5}, {"block_size", std::int64_t{2}}, {"dim", std::int64_t{0}}});
  EXPECT_THAT(result.mask, ElementsAre(0, 1, 0, 1, 0, 0, 1, 0));
}

TEST(Pruning, OfNInMGoesAlongEitherAxisAndTakesTheFirstOfEquals) {
  const ProgramTensor tensor{{{3, 4, 7, 6, 1, 8, -3, -8, -2, -3, -4, 0, 5, 4, -3, -2}, {4, 4}, 0}};
  EXPECT_THAT(compress("prune_magnitude", tensor, 0, {{"n_m_ratio", std::string("1:2")}}).mask,
              ElementsAre(0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0));
  EXPECT_THAT(
      compress("prune_magnitude", tensor, 0, {{"n_m_ratio", std::string("1:2")}, {"dim", std::int64_t{0}}}).mask,
      ElementsAre(1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1));
  const ProgramTensor ones{{{1, 1, 1, 1}, {1, 4}, 0}};
  EXPECT_THAT(compress("prune_magnitude", ones, 0, {{"n_m_ratio", std::string("1:2")}}).mask, ElementsAre(0, 1, 0, 1));
}

TEST(Pruning, StructuredLeavesOtherOperationsWeights) {
  ProgramTensor tensor{{{1, 2, 3, 4}, {1, 4}, 0}};
  tensor.operation = "matmul";
  EXPECT_EQ(compress("prune_magnitude", tensor, 0, {{"n_m_ratio", std::string("1:2")}}).form, Kind::none);
}

TEST(Pruning, NeedsOneAimAlone) {
  EXPECT_THROW(bundled_quantizer("prune_magnitude"), PluginError);
  EXPECT_THROW(bundled_quantizer("prune_magnitude", {{"target_sparsity", 0.5}, {"n_m_ratio", std::string("1:2")}}),
               PluginError);
  EXPECT_THROW(bundled_quantizer("prune_magnitude", {{"n_m_ratio", std::string("3:2")}}), PluginError);
}

}  // namespace
}  // namespace goldilocks
