#include "tests/quantization/made_up.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/weights/codec.hpp"

namespace goldilocks::quantization {
namespace {

class MadeUpTask final : public plugins::QuantizerTask {
 public:
  MadeUpTask(const Function& function, plugins::Weights weights) : function_(function), weights_(std::move(weights)) {}
  plugins::QuantizedTensor quantize(int bits) override { return function_(weights_, bits); }

 private:
  const Function& function_;
  plugins::Weights weights_;
};

class MadeUpQuantizer final : public plugins::Quantizer {
 public:
  explicit MadeUpQuantizer(const Function& function) : function_(function) {}
  std::unique_ptr<plugins::QuantizerTask> begin(const plugins::Weights& weights) const override {
    return std::make_unique<MadeUpTask>(function_, weights);
  }

 private:
  const Function& function_;
};

}  // namespace

weights::Weight made_up_weight(std::vector<std::int64_t> shape) {
  weights::Weight weight;
  weight.place = "here";
  weight.layer = weight.name = "layer";
  weight.operation = "convolution";
  weight.parameter = "weights";
  weight.shape = std::move(shape);
  weight.axes = {.output = 0, .input = weight.shape.size() > 1 ? 1 : -1};
  weight.stored = {.kind = weights::Kind::float32, .bits = 32};
  for (int kind = 1; kind < weights::kinds; ++kind) {
    weight.accepted.kinds.push_back(
        {.kind = static_cast<weights::Kind>(kind), .widths = 0x1FE, .granularities = 0x1F, .has_vectors = true});
  }
  return weight;
}

std::unique_ptr<plugins::Quantizer> MadeUpPlugin::create(const plugins::OptionValues& /*options*/) const {
  return nullptr;
}

std::vector<Outcome> quantize(const weights::Weight& weight, const std::vector<float>& values, const Function& function,
                              const std::vector<QuantizeSettings>& settings, const std::vector<float>& importance) {
  const MadeUpPlugin plugin;
  const MadeUpQuantizer quantizer(function);
  QuantizeRequest request;
  request.plugin = &plugin;
  request.quantizer = &quantizer;
  request.settings = settings;
  return quantize_tensor(
      weight, [&] { return weights::float32_view(weight.shape, values); }, request, [](std::size_t) { return true; },
      importance);
}

Outcome quantize(const weights::Weight& weight, const std::vector<float>& values, const Function& function, int bits,
                 const std::string& granularity, const std::vector<float>& importance) {
  QuantizeSettings settings{.bits = bits, .description = ""};
  if (!granularity.empty()) settings.layout.granularity = weights::granularity_from_text(granularity).value();
  return quantize(weight, values, function, {settings}, importance).front();
}

plugins::QuantizedTensor two_values(const plugins::Weights& weights, int bits) {
  plugins::QuantizedTensor result;
  result.form = weights::Kind::table;
  result.bits = bits;
  const auto [low, high] = std::ranges::minmax_element(weights.values);
  result.table.assign(std::size_t{1} << static_cast<unsigned>(bits), 0.0F);
  result.table[0] = *low;
  result.table[1] = *high;
  for (const float value : weights.values) result.codes.push_back(value - *low < *high - value ? 0 : 1);
  return result;
}

plugins::QuantizedTensor linear(const plugins::Weights& weights, int bits) {
  plugins::QuantizedTensor result;
  result.form = weights::Kind::linear;
  result.bits = bits;
  std::size_t channels = 1;
  if (weights.channel_axis >= 0) channels = static_cast<std::size_t>(weights.dims[0]);
  const std::size_t size = weights.values.size() / channels;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const auto values = weights.values.subspan(channel * size, size);
    const auto [low, high] = std::ranges::minmax_element(values);
    const float step = (*high - *low) / static_cast<float>((1 << bits) - 1);
    result.scale.push_back(step);
    result.bias.push_back(*low);
    for (const float value : values) {
      result.codes.push_back(static_cast<std::uint8_t>(step == 0 ? 0 : std::lround((value - *low) / step)));
    }
  }
  return result;
}

}  // namespace goldilocks::quantization
