#include "core/base/cancellation.hpp"
#include "tests/plugins/library_folder.hpp"
#include "tests/plugins/tensor_to_quantize.hpp"

namespace goldilocks::plugins {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

QuantizedTensor quantize(const std::string& plugin, const OptionValues& options, int bits) {
  Registry registry({library_folder()});
  const TensorToQuantize tensor;
  return registry.quantizer(plugin).create(options)->begin(tensor.weights())->quantize(bits);
}

OptionValues form(const std::string& name) { return {{"form", name}}; }

TEST(Quantizer, ReturnsATable) {
  const QuantizedTensor result = quantize("well_behaved", form("table"), 2);
  EXPECT_EQ(result.form, weights::Kind::table);
  EXPECT_EQ(result.bits, 2);
  EXPECT_THAT(result.table, ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(result.codes, ElementsAre(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(result.scale, IsEmpty());
}

TEST(Quantizer, ReturnsAScaleAndBiasPerChannel) {
  const QuantizedTensor result = quantize("well_behaved", form("linear"), 3);
  EXPECT_EQ(result.form, weights::Kind::linear);
  EXPECT_EQ(result.bits, 3);
  EXPECT_THAT(result.scale, ElementsAre(1, 2, 3));
  EXPECT_THAT(result.bias, ElementsAre(1, 2, 3));
  EXPECT_EQ(result.codes.size(), 12U);
}

TEST(Quantizer, ReturnsInt8) {
  const QuantizedTensor result = quantize("well_behaved", form("int8"), 4);
  EXPECT_EQ(result.form, weights::Kind::int8);
  EXPECT_EQ(result.bits, 8) << "it chooses its width";
  EXPECT_THAT(result.scale, ElementsAre(0.5F));
  EXPECT_EQ(result.int8[0], -128);
  EXPECT_EQ(result.int8.size(), 12U);
}

TEST(Quantizer, ReturnsOtherForms) {
  EXPECT_EQ(quantize("well_behaved", form("float16"), 4).bits, 16);
  EXPECT_EQ(quantize("well_behaved", form("float16"), 4).form, weights::Kind::float16);
  EXPECT_EQ(quantize("well_behaved", form("unchanged"), 4).form, weights::Kind::none);
  EXPECT_EQ(quantize("well_behaved", form("unchanged"), 4).bits, 0);
  const QuantizedTensor float32 = quantize("well_behaved", form("float32"), 4);
  EXPECT_EQ(float32.form, weights::Kind::float32);
  EXPECT_EQ(float32.bits, 32);
  EXPECT_EQ(float32.float32[0], 42);
}

TEST(Quantizer, SaysWhyATensorStaysAndLearnsHowItIsStored) {
  Registry registry({library_folder()});
  const TensorToQuantize tensor;
  Weights weights = tensor.weights();
  weights.stored_form = weights::Kind::linear;
  weights.stored_bits = 5;
  const auto quantizer = registry.quantizer("well_behaved").create(form("explained"));
  EXPECT_EQ(quantizer->begin(weights)->quantize(4).note, "stored as form 2, 5 bits");
  EXPECT_EQ(quantizer->begin(tensor.weights())->quantize(4).note, "stored as form 0, 0 bits");
  EXPECT_EQ(quantize("well_behaved", form("unchanged"), 4).note, "");
}

TEST(Quantizer, AShortLutFillsItsTableAndCodes) {
  const QuantizedTensor result = quantize("short_lut", {}, 3);
  EXPECT_EQ(result.form, weights::Kind::table);
  EXPECT_EQ(result.table.size(), 8U);
  EXPECT_THAT(result.codes, Each(7));
}

TEST(Quantizer, AShortLutOffersEveryWidthAndFloat16) {
  Registry registry({library_folder()});
  EXPECT_THAT(registry.quantizer("short_lut").widths, ElementsAre(16, 8, 7, 6, 5, 4, 3, 2, 1));
  EXPECT_EQ(quantize("short_lut", {}, 16).form, weights::Kind::float16);
}

TEST(Quantizer, InPlainCQuantizesEvenly) {
  const QuantizedTensor result = quantize("minimal_c", {{"cut", 0.0}}, 2);
  EXPECT_EQ(result.form, weights::Kind::linear);
  ASSERT_EQ(result.scale.size(), 1U);
  EXPECT_FLOAT_EQ(result.scale[0], 11.0F / 3);
  EXPECT_THAT(result.bias, ElementsAre(0));
  EXPECT_THAT(result.codes, ElementsAre(0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3));
}

TEST(Quantizer, OneTaskServesAllWidthsInAnyOrder) {
  Registry registry({library_folder()});
  const TensorToQuantize tensor;
  const auto quantizer = registry.quantizer("minimal_c").create({});
  const auto task = quantizer->begin(tensor.weights());
  const QuantizedTensor four = task->quantize(4);
  const QuantizedTensor one = task->quantize(1);
  EXPECT_EQ(task->quantize(4).codes, four.codes);
  EXPECT_EQ(quantizer->begin(tensor.weights())->quantize(1).codes, one.codes);
}

TEST(Quantizer, TakesAnEmptyTensor) {
  Registry registry({library_folder()});
  Weights empty;
  EXPECT_EQ(registry.quantizer("well_behaved").create(form("unchanged"))->begin(empty)->quantize(4).form,
            weights::Kind::none);
}

TEST(Quantizer, ErrorsNameLayerParameterAndPlugin) {
  const auto error = [](const std::string& name) {
    return plugin_error([&] { quantize("well_behaved", form(name), 4); });
  };
  const std::string place = "layer 'conv1', weights: quantizer 'well_behaved': ";
  EXPECT_EQ(error("throw"), place + "a plain exception");
  EXPECT_EQ(error("unsupported"), place + "layers of this kind");
  EXPECT_EQ(error("nine_bits"), place + "codes of 9 bits; 1 to 8 can be stored");
}

TEST(Quantizer, BeginMayRefuseATensor) {
  Registry registry({library_folder()});
  TensorToQuantize tensor;
  tensor.layer = "unlucky";
  const auto quantizer = registry.quantizer("well_behaved").create({});
  EXPECT_EQ(plugin_error([&] { quantizer->begin(tensor.weights()); }),
            "layer 'unlucky', weights: quantizer 'well_behaved': an unlucky layer");
}

TEST(Quantizer, PrepareMayRefuseItsOptions) {
  Registry registry({library_folder()});
  const QuantizerPlugin& plugin = registry.quantizer("well_behaved");
  EXPECT_EQ(plugin_error([&] {
              plugin.create({{"count", std::int64_t{9}}});
            }),
            "quantizer 'well_behaved': a count of 9 does not go with this");
}

TEST(Quantizer, ANarrowMemberRefusesAWideNumber) {
  Registry registry({library_folder()});
  const QuantizerPlugin& plugin = registry.quantizer("well_behaved");
  EXPECT_EQ(plugin_error([&] {
              plugin.create({{"count", std::int64_t{1} << 40}});
            }),
            "quantizer 'well_behaved': option 'count': 1099511627776 is too large");
}

TEST(Quantizer, RefusesWidthsThatItDoesNotOffer) {
  EXPECT_EQ(plugin_error([] { quantize("minimal_c", {}, 16); }),
            "layer 'conv1', weights: quantizer 'minimal_c': 16 bits are not offered, but 8, 7, 6, 5, 4, 3, 2, 1");
}

TEST(Quantizer, UnknownOptionsAreAUsageError) {
  Registry registry({library_folder()});
  EXPECT_THAT(
      [&] {
        registry.quantizer("short_lut").create({{"strength", true}});
      },
      ::testing::ThrowsMessage<UsageError>(::testing::HasSubstr("unknown option 'strength'")));
}

TEST(Quantizer, StopsWhenTheUserAsksTo) {
  request_cancellation();
  EXPECT_THROW(quantize("well_behaved", {}, 4), Interrupted);
  clear_cancellation();
  EXPECT_NO_THROW(quantize("well_behaved", {}, 4));
}

}  // namespace
}  // namespace goldilocks::plugins
