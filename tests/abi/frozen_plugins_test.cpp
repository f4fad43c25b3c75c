// Plugins that were built against the frozen headers, run by today's host.
#include "tests/plugins/library_folder.hpp"
#include "tests/plugins/tensor_to_quantize.hpp"

namespace goldilocks::plugins {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FrozenPlugin : public ::testing::TestWithParam<std::string> {
 protected:
  const QuantizerPlugin& plugin() { return registry_.quantizer(GetParam()); }

  QuantizedTensor quantize(const std::string& form, int bits) {
    tensor_.importance.assign(12, 0.25F);
    Weights weights = tensor_.weights();
    weights.stored_form = weights::Kind::float16;
    weights.stored_bits = 16;
    return plugin()
        .create({{"form", form}, {"count", std::int64_t{5}}, {"file", std::string("/a.npy")}})
        ->begin(weights)
        ->quantize(bits);
  }

 private:
  Registry registry_{{library_folder()}};
  TensorToQuantize tensor_;
};

INSTANTIATE_TEST_SUITE_P(V1, FrozenPlugin, ::testing::Values("frozen_c", "frozen_cpp"),
                         [](const auto& parameter) { return parameter.param; });

TEST_P(FrozenPlugin, IsDescribed) {
  EXPECT_TRUE(plugin().chooses_width);
  EXPECT_TRUE(plugin().takes_quantized);
  EXPECT_THAT(plugin().layer_types, ElementsAre("convolution", "innerProduct"));
  EXPECT_THAT(plugin().parameters, ElementsAre("weights"));
  std::vector<std::string> options;
  for (const OptionSpec& option : plugin().options) {
    options.push_back(option.name + "=" + to_text(option.default_value));
  }
  EXPECT_THAT(options,
              ElementsAre("flag=true", "count=3", "factor=0.5", "text=plain", "form=table", "steps=1,2.5", "file="));
  EXPECT_EQ(plugin().options[1].minimum, 1);
  EXPECT_EQ(plugin().options[1].maximum, 9);
}

TEST_P(FrozenPlugin, ReturnsEveryForm) {
  const QuantizedTensor table = quantize("table", 2);
  EXPECT_THAT(table.table, ElementsAre(0, 11, 0, 0));
  EXPECT_THAT(table.codes, ElementsAre(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  const QuantizedTensor linear = quantize("linear", 3);
  EXPECT_THAT(linear.scale, ElementsAre(0, 0, 2));
  EXPECT_THAT(linear.bias, ElementsAre(-1, 0, 0));
  EXPECT_EQ(linear.codes[1], 7);
  const QuantizedTensor int8 = quantize("int8", 4);
  EXPECT_EQ(int8.bits, 8);
  EXPECT_EQ(int8.int8[0], -128);
  EXPECT_THAT(int8.scale, ElementsAre(0.5F));
  EXPECT_EQ(quantize("float16", 4).form, weights::Kind::float16);
  EXPECT_EQ(quantize("float32", 4).float32[0], 42);
  EXPECT_EQ(quantize("unchanged", 4).form, weights::Kind::none);
}

TEST_P(FrozenPlugin, IsToldAllAboutTheTensorAndItsOptions) {
  EXPECT_EQ(quantize("unchanged", 4).note,
            "1 5 0.5 plain /a.npy 2.5; conv1 convolution weights kind 1 axis 0 of 3, 12 of rank 2, importance 0.25, "
            "stored 4 16");
}

TEST_P(FrozenPlugin, ReportsErrors) {
  EXPECT_EQ(plugin_error([&] { quantize("error", 4); }),
            "layer 'conv1', weights: quantizer '" + GetParam() + "': no such tensor");
  EXPECT_EQ(plugin_error([&] {
              plugin().create({{"count", std::int64_t{9}}});
            }),
            "quantizer '" + GetParam() + "': a count of 9");
}

TEST(FrozenLut, FillsItsTableAndCodesAtEveryWidth) {
  Registry registry({library_folder()});
  const QuantizerPlugin& plugin = registry.quantizer("frozen_lut");
  EXPECT_THAT(plugin.widths, ElementsAre(16, 8, 7, 6, 5, 4, 3, 2, 1));
  const auto quantizer = plugin.create({});
  const TensorToQuantize tensor;
  const auto task = quantizer->begin(tensor.weights());
  for (int bits = 1; bits <= 8; ++bits) {
    const QuantizedTensor result = task->quantize(bits);
    EXPECT_EQ(result.table.size(), std::size_t{1} << bits);
    EXPECT_THAT(result.codes, Each((1 << bits) - 1));
  }
  EXPECT_THAT(task->quantize(16).codes, IsEmpty());
}

}  // namespace
}  // namespace goldilocks::plugins
