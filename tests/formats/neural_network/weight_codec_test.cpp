#include "core/formats/neural_network/weight_codec.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/half.hpp"
#include "core/weights/bit_packing.hpp"

namespace goldilocks::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

// A slot that accepts scales along its first axis, as a convolution's does.
WeightSlot<const spec::WeightParams> slot(const spec::WeightParams& params, std::vector<std::int64_t> shape,
                                          ChannelRule accepted) {
  return {.params = &params,
          .parameter = "weights",
          .shape = std::move(shape),
          .channels = accepted,
          .accepted_channels = accepted,
          .accepted = form_float32,
          .is_vector = false,
          .enabled = true};
}

WeightSlot<const spec::WeightParams> slot(const spec::WeightParams& params, const std::vector<std::int64_t>& shape) {
  return slot(params, shape, {.axis = 0, .channels = shape.empty() ? 1 : shape[0]});
}

std::string message_of(const WeightSlot<const spec::WeightParams>& weights) {
  try {
    decode_weights(weights, "conv1.weights");
  } catch (const ModelError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(WeightCodec, Float32RoundTripAndViewWithoutACopy) {
  spec::WeightParams params;
  store_float32(params, std::vector<float>{1, -2, 3});
  EXPECT_EQ(form_name(params), "float32");
  EXPECT_EQ(stored_bytes(params), 12U);
  EXPECT_THAT(decode_weights(slot(params, {3}), "x"), ElementsAre(1, -2, 3));
  std::vector<float> buffer;
  EXPECT_EQ(view_weights(slot(params, {3}), "x", buffer).data(), params.floatvalue().data());
}

TEST(WeightCodec, StoringAViewOfItselfKeepsTheValues) {
  spec::WeightParams params;
  store_float32(params, std::vector<float>{1, 2});
  std::vector<float> buffer;
  store_float32(params, view_weights(slot(params, {2}), "x", buffer));
  EXPECT_THAT(params.floatvalue(), ElementsAre(1, 2));
}

TEST(WeightCodec, Float16RoundsAndReadsBack) {
  spec::WeightParams params;
  store_float16(params, std::vector<float>{1.0F, 0.1F, 1e-9F, -65503.0F}, "x");
  EXPECT_EQ(form_name(params), "float16");
  EXPECT_EQ(stored_bytes(params), 8U);
  std::vector<float> buffer;
  EXPECT_THAT(view_weights(slot(params, {4}), "x", buffer),
              ElementsAre(1.0F, float_from_half(half_from_float(0.1F)), 0.0F, -65504.0F));
}

TEST(WeightCodec, Float16TakesTheLargestHalfAndWhatIsRoundedToIt) {
  spec::WeightParams params;
  store_float16(params, std::vector<float>{65504.0F, -65504.0F, 65519.0F}, "x");
  EXPECT_THAT(decode_weights(slot(params, {3}), "x"), ElementsAre(65504.0F, -65504.0F, 65504.0F));
}

TEST(WeightCodec, Float16RefusesWhatItCannotHold) {
  for (const float value : {65520.0F, -65520.0F, 1e30F, infinity, nan}) {
    spec::WeightParams params;
    store_float32(params, std::vector<float>{7});
    try {
      store_float16(params, std::vector<float>{0, value}, "conv1.weights");
      FAIL() << value;
    } catch (const ModelError& error) {
      EXPECT_THAT(error.what(), StartsWith("conv1.weights: "));
      EXPECT_THAT(error.what(), HasSubstr("position 1"));
    }
    EXPECT_THAT(params.floatvalue(), ElementsAre(7)) << "a refusal leaves what was stored";
  }
}

TEST(WeightCodec, OneLinearScaleServesTheWholeTensor) {
  spec::WeightParams params;
  store_linear(params, std::vector<std::uint8_t>{0, 1, 2, 3}, 2, std::vector<float>{0.5F}, std::vector<float>{-1});
  EXPECT_EQ(form_name(params), "2 bit linear");
  EXPECT_EQ(stored_bytes(params), 1U + 8U);
  EXPECT_THAT(decode_weights(slot(params, {2, 2}), "x"), ElementsAre(-1, -0.5, 0, 0.5));
}

TEST(WeightCodec, LinearScalesFollowTheChannelAxis) {
  spec::WeightParams params;
  const std::vector<std::uint8_t> codes{1, 1, 1, 1, 1, 1};
  store_linear(params, codes, 8, std::vector<float>{1, 10}, {});
  EXPECT_THAT(decode_weights(slot(params, {2, 3}), "x"), ElementsAre(1, 1, 1, 10, 10, 10));
  store_linear(params, codes, 8, std::vector<float>{1, 10, 100}, {});
  EXPECT_THAT(decode_weights(slot(params, {2, 3, 1}, {.axis = 1, .channels = 3}), "x"),
              ElementsAre(1, 10, 100, 1, 10, 100));
}

TEST(WeightCodec, LinearValuesAreRoundedOnce) {
  // In float32 the product would be rounded before the sum.
  const float scale = 0.1F;
  const float bias = -3.3F;
  spec::WeightParams params;
  store_linear(params, std::vector<std::uint8_t>{201}, 8, std::vector<float>{scale}, std::vector<float>{bias});
  EXPECT_EQ(decode_weights(slot(params, {1}), "x").front(),
            static_cast<float>(201.0 * static_cast<double>(scale) + static_cast<double>(bias)));
}

TEST(WeightCodec, EveryWidthAndLayoutAgreesWithTheFormula) {
  const unsigned seed = 40;
  std::mt19937 random(seed);
  for (int bits = 1; bits <= 8; ++bits) {
    for (const std::int64_t axis : {0, 1}) {
      // Runs of one, of a few, and of more than a decoder's block.
      for (const std::vector<std::int64_t>& shape :
           {std::vector<std::int64_t>{3, 5}, {5, 3, 7}, {2, 3, 5000}, {4099, 2}}) {
        const auto count = static_cast<std::size_t>(*element_count(shape));
        const auto channels = static_cast<std::size_t>(shape[static_cast<std::size_t>(axis)]);
        std::vector<std::uint8_t> codes(count);
        for (auto& code : codes) code = static_cast<std::uint8_t>(random() % (1U << bits));
        std::vector<float> scale(channels);
        std::vector<float> bias(channels);
        for (float& value : scale) value = static_cast<float>(random() % 1000) / 1000;
        for (float& value : bias) value = -static_cast<float>(random() % 1000) / 10;
        spec::WeightParams params;
        store_linear(params, codes, bits, scale, bias);
        const auto values =
            decode_weights(slot(params, shape, {.axis = axis, .channels = static_cast<std::int64_t>(channels)}), "x");
        std::size_t inner = 1;
        for (std::size_t d = static_cast<std::size_t>(axis) + 1; d < shape.size(); ++d) {
          inner *= static_cast<std::size_t>(shape[d]);
        }
        ASSERT_EQ(values.size(), count);
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t c = i / inner % channels;
          ASSERT_EQ(values[i], static_cast<float>(codes[i] * static_cast<double>(scale[c]) + bias[c]))
              << bits << " bits, axis " << axis << ", position " << i << ", seed " << seed;
        }
      }
    }
  }
}

TEST(WeightCodec, TableEntriesReplaceCodes) {
  spec::WeightParams params;
  store_table(params, std::vector<std::uint8_t>{3, 0, 1}, 2, std::vector<float>{1, 2, 0, -4});
  EXPECT_EQ(form_name(params), "2 bit table");
  EXPECT_EQ(stored_bytes(params), 1U + 16U);
  EXPECT_THAT(decode_weights(slot(params, {3}), "x"), ElementsAre(-4, 1, 2));
}

TEST(WeightCodec, Int8CodesAreSigned) {
  spec::WeightParams params;
  store_int8(params, std::vector<std::int8_t>{-127, 0, 127}, 0.5F);
  EXPECT_EQ(form_name(params), "int8");
  EXPECT_EQ(params.quantization().numberofbits(), 8U);
  EXPECT_THAT(decode_weights(slot(params, {3}), "x"), ElementsAre(-63.5, 0, 63.5));
}

TEST(WeightCodec, EachFormReplacesAllOthers) {
  spec::WeightParams params;
  params.set_isupdatable(true);
  const std::vector<std::uint8_t> codes{1};
  const std::vector<float> one{1};
  const std::vector<std::function<void()>> stores{[&] { store_float32(params, one); },
                                                  [&] { store_float16(params, one, "x"); },
                                                  [&] { store_linear(params, codes, 8, one, one); },
                                                  [&] {
                                                    store_table(params, codes, 1, std::vector<float>{0, 1});
                                                  },
                                                  [&] { store_int8(params, std::vector<std::int8_t>{1}, 1); }};
  for (std::size_t first = 0; first < stores.size(); ++first) {
    for (std::size_t second = 0; second < stores.size(); ++second) {
      stores[first]();
      stores[second]();
      EXPECT_NO_THROW(stored_form(params)) << first << " then " << second;
      EXPECT_EQ(params.has_quantization(), second >= 2) << first << " then " << second;
      EXPECT_TRUE(params.isupdatable());
    }
  }
}

TEST(WeightCodec, StoringChecksItsArguments) {
  spec::WeightParams params;
  const std::vector<std::uint8_t> codes{1};
  const std::vector<float> one{1};
  const std::vector<float> two{1, 2};
  EXPECT_THAT([&] { store_linear(params, codes, 8, {}, {}); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr("0 linear scales and 0 biases can't be stored")));
  EXPECT_THAT([&] { store_linear(params, codes, 8, two, one); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr("2 linear scales and 1 biases can't be stored")));
  EXPECT_THAT([&] { store_linear(params, codes, 9, one, one); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr("codes of 9 bits: the width must be 1 to 8")));
  EXPECT_THAT([&] { store_table(params, codes, 2, two); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr("a table of 2 entries can't be stored for 2 bits")));
  EXPECT_THAT([&] { store_table(params, std::vector<std::uint8_t>{2}, 1, two); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr("code 2 at position 0 does not fit into 1 bits")));
  EXPECT_EQ(form_name(params), "empty");
}

TEST(WeightCodec, LengthsThatDoNotFitNameTheParameter) {
  spec::WeightParams params;
  store_float32(params, std::vector<float>{1, 2, 3});
  EXPECT_EQ(message_of(slot(params, {2, 2})), "conv1.weights: 3 values are stored, the shape [2, 2] needs 4");
  EXPECT_THAT(message_of(slot(params, {-1, 3})), HasSubstr("the shape [-1, 3] is not possible"));
  store_float16(params, std::vector<float>{1, 2, 3}, "x");
  EXPECT_THAT(message_of(slot(params, {2})), HasSubstr("3 values are stored"));
  store_int8(params, std::vector<std::int8_t>{1, 2, 3}, 1);
  EXPECT_THAT(message_of(slot(params, {2})), HasSubstr("3 values are stored"));
  store_table(params, std::vector<std::uint8_t>{1, 1, 1}, 1, std::vector<float>{0, 1});
  EXPECT_THAT(message_of(slot(params, {9})), HasSubstr("9 codes of 1 bits need 2 bytes, 1 are stored"));
  EXPECT_THAT(message_of(slot(params, {1LL << 62, 1LL << 62})), HasSubstr("is not possible"));
  EXPECT_THAT(message_of(slot(params, {1LL << 60})), HasSubstr("1 are stored"));
}

TEST(WeightCodec, BrokenQuantizationsAreErrorsWithTheirPlace) {
  spec::WeightParams good;
  store_linear(good, std::vector<std::uint8_t>{1, 1, 1, 1}, 4, std::vector<float>{1}, std::vector<float>{0});
  const auto broken = [&](const std::function<void(spec::WeightParams&)>& change) {
    spec::WeightParams params = good;
    change(params);
    return message_of(slot(params, {2, 2}));
  };
  EXPECT_THAT(broken([](auto& p) { p.mutable_quantization()->set_numberofbits(0); }), HasSubstr("codes of 0 bits"));
  EXPECT_THAT(broken([](auto& p) { p.mutable_quantization()->set_numberofbits(9); }), HasSubstr("codes of 9 bits"));
  EXPECT_THAT(broken([](auto& p) { p.mutable_quantization()->clear_linearquantization(); }), HasSubstr("neither"));
  EXPECT_THAT(broken([](auto& p) { p.clear_quantization(); }), HasSubstr("without a description"));
  EXPECT_THAT(broken([](auto& p) { p.add_floatvalue(1); }), HasSubstr("more than one form"));
  EXPECT_THAT(broken([](auto& p) { p.mutable_quantization()->mutable_linearquantization()->clear_scale(); }),
              HasSubstr("no linear scale"));
  EXPECT_THAT(broken([](auto& p) { p.mutable_quantization()->mutable_linearquantization()->add_bias(0); }),
              HasSubstr("2 linear biases are stored for 1 scales"));
  EXPECT_THAT(broken([](auto& p) {
                for (int i = 0; i < 2; ++i) p.mutable_quantization()->mutable_linearquantization()->add_scale(1);
                p.mutable_quantization()->mutable_linearquantization()->clear_bias();
              }),
              HasSubstr("3 linear scales are stored, 1 or 2 are needed"));
  EXPECT_THAT(broken([](auto& p) { p.mutable_quantization()->mutable_lookuptablequantization()->add_floatvalue(1); }),
              HasSubstr("the table has 1 entries, 4 bits need 16"));
}

TEST(WeightCodec, ScalesThatTheFormatDoesNotMapAreRefused) {
  spec::WeightParams params;
  store_linear(params, std::vector<std::uint8_t>{1, 1, 1, 1}, 8, std::vector<float>{1, 2, 3, 4}, {});
  EXPECT_THAT(message_of(slot(params, {2, 2}, {.axis = -1, .channels = 4})), HasSubstr("doesn't say how they map"));
}

TEST(WeightCodec, AFreeShapeHoldsWhatIsStored) {
  spec::WeightParams params;
  store_table(params, std::vector<std::uint8_t>{3, 0, 1}, 2, std::vector<float>{1, 2, 0, -4});
  EXPECT_THAT(decode_weights(slot(params, {}), "x"), ElementsAre(-4, 1, 2, 1)) << "with the padding";
  store_linear(params, std::vector<std::uint8_t>{1, 1}, 8, std::vector<float>{1, 2}, {});
  EXPECT_THAT(decode_weights(slot(params, {}, {.axis = 0, .channels = 0}), "x"), ElementsAre(1, 2));
}

TEST(WeightCodec, AnEmptyParameterHasNoValues) {
  EXPECT_TRUE(decode_weights(slot(spec::WeightParams::default_instance(), {4}), "x").empty());
}

TEST(WeightCodec, ValuesThatAreNotFiniteAreFound) {
  EXPECT_NO_THROW(weights::check_finite(std::vector<float>{1, 2}, "x"));
  try {
    weights::check_finite(std::vector<float>{1, nan}, "conv1.weights");
    FAIL() << "nothing was thrown";
  } catch (const ModelError& error) {
    EXPECT_STREQ(error.what(), "conv1.weights: the value at position 1 is NaN");
  }
  EXPECT_THAT([&] { weights::check_finite(std::vector<float>{-infinity}, "x"); },
              ::testing::ThrowsMessage<ModelError>(HasSubstr("x: the value at position 0 is infinite")));
}

// The message with its tag and length, as a field of a layer.
std::uint64_t bytes_of(const spec::WeightParams& params) {
  std::uint64_t bytes = 2 + params.ByteSizeLong();
  for (std::uint64_t length = params.ByteSizeLong(); length >= 128; length >>= 7U) ++bytes;
  return bytes;
}

TEST(BytesInFile, AreThoseOfTheMessage) {
  for (const std::size_t count : {1U, 31U, 32U, 63U, 64U, 127U, 128U, 5000U, 9000U}) {
    const std::vector<float> values(count, 1);
    const std::vector<std::uint8_t> codes(count, 1);
    spec::WeightParams params;
    const auto expect_same = [&] {
      EXPECT_EQ(bytes_in_file(read_content(slot(params, {static_cast<std::int64_t>(count)}), "x")), bytes_of(params))
          << form_name(params) << count;
    };
    store_float32(params, values);
    expect_same();
    EXPECT_EQ(bytes_as_floats(count, weights::Kind::float32), bytes_of(params));
    store_float16(params, values, "x");
    expect_same();
    EXPECT_EQ(bytes_as_floats(count, weights::Kind::float16), bytes_of(params));
    store_table(params, codes, 5, std::vector<float>(32, 1));
    expect_same();
    store_linear(params, codes, 3, std::vector<float>{1}, std::vector<float>{2});
    expect_same();
    store_int8(params, std::vector<std::int8_t>(count, 1), 2);
    expect_same();
  }
}

}  // namespace
}  // namespace goldilocks::model
