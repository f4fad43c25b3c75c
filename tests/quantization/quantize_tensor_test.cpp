// The seam between functions and granularities, with a format that takes everything.
#include "core/quantization/quantize_tensor.hpp"

#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/weights/codec.hpp"
#include "tests/quantization/made_up.hpp"

namespace goldilocks::quantization {
namespace {

using plugins::QuantizedTensor;
using weights::Kind;

std::vector<float> random_values(std::size_t count) {
  std::mt19937 random(5);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(static_cast<int>(random() % 2000) - 1000) / 100.0F;
  return values;
}

// What a function was asked for: dims, axis, values.
struct Asked {
  std::vector<std::int64_t> dims;
  std::int64_t axis;
  std::vector<float> values, importance;
};

Function recorded(std::vector<Asked>& asked, const Function& function) {
  return [&asked, function](const plugins::Weights& weights, int bits) {
    asked.push_back({{weights.dims.begin(), weights.dims.end()},
                     weights.channel_axis,
                     {weights.values.begin(), weights.values.end()},
                     {weights.importance.begin(), weights.importance.end()}});
    return function(weights, bits);
  };
}

TEST(QuantizeTensor, WithoutAGranularityAFunctionGetsTheTensorWithItsAxis) {
  std::vector<Asked> asked;
  const auto values = random_values(12);
  const Outcome outcome = quantize(made_up_weight({4, 3}), values, recorded(asked, linear), 8, "");
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].axis, 0);
  EXPECT_EQ(asked[0].values, values);
  EXPECT_EQ(weights::to_text(outcome.content.value().encoding.granularity), "channel");
}

TEST(QuantizeTensor, PerTensorItIsOneChannel) {
  std::vector<Asked> asked;
  const Outcome outcome = quantize(made_up_weight({4, 3}), random_values(12), recorded(asked, linear), 8, "tensor");
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].axis, -1);
  EXPECT_EQ(outcome.content.value().scaling.scale.count, 1U);
}

TEST(QuantizeTensor, ScalesPerChannelComeFromOneCallAndTablesFromOneForEachChannel) {
  std::vector<Asked> asked;
  quantize(made_up_weight({4, 3}), random_values(12), recorded(asked, linear), 8, "channel");
  EXPECT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].axis, 0);
  asked.clear();
  const Outcome outcome =
      quantize(made_up_weight({4, 3}), random_values(12), recorded(asked, two_values), 1, "channel");
  ASSERT_EQ(asked.size(), 5U);  // the first shows that it makes tables
  EXPECT_EQ(asked[1].dims, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(asked[1].axis, -1);
  EXPECT_EQ(outcome.content.value().encoding.kind, Kind::group_table);
  EXPECT_EQ(outcome.content.value().table_grid, (weights::Grid{4, 1}));
}

TEST(QuantizeTensor, EverySliceIsATensorOfItsOwnWithItsImportance) {
  std::vector<Asked> asked;
  const auto values = random_values(24);
  std::vector<float> importance = values;
  for (float& value : importance) value = std::fabs(value);
  quantize(made_up_weight({4, 6}), values, recorded(asked, two_values), 1, "block:3", importance);
  ASSERT_EQ(asked.size(), 8U);
  EXPECT_EQ(asked[3].dims, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(asked[3].values, (std::vector<float>{values[9], values[10], values[11]}));
  EXPECT_EQ(asked[3].importance, (std::vector<float>{importance[9], importance[10], importance[11]}));
}

// What a function makes of each slice alone, put together, is what the tensor becomes.
TEST(QuantizeTensor, EveryGranularityGivesTheValuesOfItsSlices) {
  const weights::Weight weight = made_up_weight({4, 6, 2});
  const auto values = random_values(48);
  for (const char* granularity : {"tensor", "channel", "group:2", "block:2", "block:3", "block:2,0,1", "block:4,6,2"}) {
    for (const Function& function : {Function(two_values), Function(linear)}) {
      const Outcome outcome = quantize(weight, values, function, 3, granularity);
      ASSERT_TRUE(outcome.content) << granularity << ": " << outcome.note;
      const Slices slices(
          weight.shape, weights::grid_of(*weights::granularity_from_text(granularity), weight.shape, weight.axes).grid);
      std::vector<float> expected(values.size());
      std::vector<float> slice(slices.size());
      for (std::size_t i = 0; i < slices.count(); ++i) {
        slices.cut<float>(values, i, slice);
        weights::Weight alone = made_up_weight(slices.shape());
        const Outcome one = quantize(alone, slice, function, 3, "tensor");
        slices.put<float>(weights::decode(one.content.value(), "one"), i, expected);
      }
      EXPECT_EQ(weights::decode(*outcome.content, "all"), expected) << granularity;
    }
  }
}

TEST(QuantizeTensor, SettingsOfSeveralGranularitiesAndWidthsAreEachAsAlone) {
  const weights::Weight weight = made_up_weight({4, 6});
  const auto values = random_values(24);
  std::vector<QuantizeSettings> settings;
  for (const int bits : {2, 4}) {
    for (const char* granularity : {"tensor", "group:2", "channel"}) {
      settings.push_back({bits, "", {.granularity = weights::granularity_from_text(granularity)}});
    }
  }
  settings.push_back(settings[1]);
  const std::vector<Outcome> all = quantize(weight, values, two_values, settings);
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const Outcome alone = quantize(weight, values, two_values, {settings[i]}).front();
    EXPECT_EQ(weights::decode(all[i].content.value(), "all"), weights::decode(alone.content.value(), "alone")) << i;
    EXPECT_EQ(all[i].error.squared, alone.error.squared);
  }
}

TEST(QuantizeTensor, TheWidestSliceCountsAndNarrowerTablesArePadded) {
  // As many entries as the slice has values; the first slice is narrow, the second wide, the third narrow again.
  const Function unique = [](const plugins::Weights& weights, int) {
    QuantizedTensor result;
    result.form = Kind::table;
    std::vector<float> distinct(weights.values.begin(), weights.values.end());
    std::ranges::sort(distinct);
    distinct.erase(std::ranges::unique(distinct).begin(), distinct.end());
    result.bits = 1;
    while ((std::size_t{1} << static_cast<unsigned>(result.bits)) < distinct.size()) ++result.bits;
    for (const float value : weights.values) {
      result.codes.push_back(static_cast<std::uint8_t>(std::ranges::find(distinct, value) - distinct.begin()));
    }
    distinct.resize(std::size_t{1} << static_cast<unsigned>(result.bits), 0.0F);
    result.table = std::move(distinct);
    return result;
  };
  const std::vector<float> values{1, 2, 2, 1, 3, 4, 5, 6, 7, 8, 8, 7};
  const Outcome outcome = quantize(made_up_weight({3, 4}), values, unique, 0, "group:1");
  ASSERT_TRUE(outcome.content) << outcome.note;
  EXPECT_EQ(outcome.content->encoding.bits, 2);
  EXPECT_EQ(weights::numbers(outcome.content->table), (std::vector<float>{1, 2, 0, 0, 3, 4, 5, 6, 7, 8, 0, 0}));
  EXPECT_EQ(weights::decode(*outcome.content, "t"), values);
  EXPECT_EQ(outcome.error.squared, 0);
}

TEST(QuantizeTensor, ATensorStaysIfASliceDoesAndTheNoteNamesIt) {
  int calls = 0;
  const Function second_stays = [&](const plugins::Weights& weights, int bits) {
    if (++calls != 2) return two_values(weights, bits);
    QuantizedTensor result;
    result.note = "too flat";
    return result;
  };
  const Outcome outcome = quantize(made_up_weight({4, 3}), random_values(12), second_stays, 1, "group:1");
  EXPECT_FALSE(outcome.content);
  EXPECT_EQ(outcome.note, "slice 2 of 4: too flat");
  EXPECT_EQ(calls, 2);  // the rest is not asked for
}

TEST(QuantizeTensor, ATensorStaysIfSlicesComeInSeveralForms) {
  int calls = 0;
  const Function third_differs = [&](const plugins::Weights& weights, int bits) {
    return ++calls == 3 ? linear(weights, bits) : two_values(weights, bits);
  };
  const Outcome outcome = quantize(made_up_weight({4, 3}), random_values(12), third_differs, 1, "group:1");
  EXPECT_FALSE(outcome.content);
  EXPECT_EQ(outcome.note, "slice 3 of 4: the function's result has another form than that of the first");
}

TEST(QuantizeTensor, AFailureInASliceNamesItAndFailsItsSettingAlone) {
  const Function fails_at_two = [](const plugins::Weights& weights, int bits) -> QuantizedTensor {
    if (bits == 2 && weights.values[0] > 4) throw PluginError("layer 'layer', weights: no");
    return two_values(weights, bits);
  };
  std::vector<QuantizeSettings> settings{{1, "", {.granularity = weights::granularity_from_text("group:1")}},
                                         {2, "", {.granularity = weights::granularity_from_text("group:1")}}};
  const auto outcomes = quantize(made_up_weight({2, 2}), {1, 2, 5, 6}, fails_at_two, settings);
  EXPECT_TRUE(outcomes[0].content);
  ASSERT_TRUE(outcomes[1].failure);
  try {
    std::rethrow_exception(outcomes[1].failure);
  } catch (const PluginError& error) {
    EXPECT_STREQ(error.what(), "layer 'layer', weights: no (slice 2 of 2)");
  }
}

TEST(QuantizeTensor, WhatCannotBeCutStaysWithTheReason) {
  const auto note = [](const weights::Weight& weight, const char* granularity) {
    return quantize(weight, random_values(12), two_values, 1, granularity).note;
  };
  EXPECT_EQ(note(made_up_weight({4, 3}), "group:3"), "3 doesn't divide the 4 of axis 0");
  EXPECT_EQ(note(made_up_weight({12}), "block:4"), "it has no input axis");
  weights::Weight tensor_only = made_up_weight({4, 3});
  for (auto& kind : tensor_only.accepted.kinds) kind.granularities = 1;
  EXPECT_EQ(note(tensor_only, "group:2"), "the format has no granularity group:2 here");
  tensor_only.accepted.kinds.erase(tensor_only.accepted.kinds.begin(), tensor_only.accepted.kinds.end() - 1);
  EXPECT_EQ(note(tensor_only, "tensor"), "the format takes no codes here");
}

TEST(QuantizeTensor, TablesPerChannelNeedAFormatThatTakesThem) {
  weights::Weight weight = made_up_weight({4, 3});
  std::erase_if(weight.accepted.kinds, [](const auto& kind) { return kind.kind == Kind::group_table; });
  const Outcome outcome = quantize(weight, random_values(12), two_values, 1, "channel");
  EXPECT_FALSE(outcome.content);
  EXPECT_EQ(outcome.note, "the format takes no codes here");
}

TEST(QuantizeTensor, Float16AndFloat32OfSlicesAreThoseOfTheTensor) {
  const Function half = [](const plugins::Weights&, int) {
    QuantizedTensor result;
    result.form = Kind::float16;
    result.bits = 16;
    return result;
  };
  const Function doubled = [](const plugins::Weights& weights, int) {
    QuantizedTensor result;
    result.form = Kind::float32;
    result.bits = 32;
    for (const float value : weights.values) result.float32.push_back(2 * value);
    return result;
  };
  const std::vector<float> values{1, 2, 3, 4};
  EXPECT_EQ(weights::decode(quantize(made_up_weight({2, 2}), values, half, 16, "group:1").content.value(), "t"),
            values);
  EXPECT_EQ(weights::decode(quantize(made_up_weight({2, 2}), values, doubled, 32, "block:1").content.value(), "t"),
            (std::vector<float>{2, 4, 6, 8}));
}

}  // namespace
}  // namespace goldilocks::quantization
