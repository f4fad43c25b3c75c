#include "tests/pipeline/fake_function.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/base/thread_pool.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/support/as_model.hpp"

namespace goldilocks::pipeline {

using plugins::QuantizedTensor;
using weights::Kind;

namespace {

class FakeTask final : public plugins::QuantizerTask {
 public:
  FakeTask(const Function& function, plugins::Weights weights) : function_(function), weights_(std::move(weights)) {}
  QuantizedTensor quantize(int bits) override { return function_(weights_, bits); }

 private:
  const Function& function_;
  plugins::Weights weights_;
};

}  // namespace

std::unique_ptr<plugins::QuantizerTask> FakeQuantizer::begin(const plugins::Weights& weights) const {
  return std::make_unique<FakeTask>(function_, weights);
}

std::unique_ptr<plugins::Quantizer> FakePlugin::create(const plugins::OptionValues& /*options*/) const {
  return nullptr;
}

QuantizedTensor two_values(const plugins::Weights& weights, int bits) {
  QuantizedTensor result;
  result.form = Kind::table;
  result.bits = bits;
  const auto [low, high] = std::minmax_element(weights.values.begin(), weights.values.end());
  result.table.assign(std::size_t{1} << bits, 0.0F);
  result.table[0] = *low;
  result.table[1] = *high;
  for (const float value : weights.values) result.codes.push_back(value - *low < *high - value ? 0 : 1);
  return result;
}

QuantizedTensor of_form(Kind form) {
  QuantizedTensor result;
  result.form = form;
  return result;
}

QuantizedMessage message_of(QuantizedModel result) {
  QuantizedMessage message{
      .model = nullptr, .tensors = std::move(result.tensors), .changed = result.changed, .failure = result.failure};
  if (result.model) {
    const std::string content = result.model->serialize();
    message.model = model::parse_model(std::as_bytes(std::span(content)), "quantized");
  }
  return message;
}

WeightSource source_of(const coreml::Model& model) { return {testing::as_model(model), "model"}; }

std::vector<QuantizedMessage> quantize(const coreml::Model& model, const Function& function,
                                       const std::vector<int>& widths, const FakePlugin& plugin, std::size_t threads,
                                       Keep keep) {
  const WeightSource source = source_of(model);
  const FakeQuantizer quantizer(function);
  QuantizeRequest request;
  request.plugin = &plugin;
  request.quantizer = &quantizer;
  request.keep = keep;
  for (const int bits : widths) request.settings.push_back({bits, ""});
  ThreadPool pool(threads);
  std::vector<QuantizedMessage> results(widths.size());
  std::mutex mutex;
  quantize_model(source, request, pool, [&](std::size_t index, QuantizedModel result) {
    const std::scoped_lock lock(mutex);
    results[index] = message_of(std::move(result));
  });
  return results;
}

QuantizedMessage quantize_one(const coreml::Model& model, const Function& function, int bits, const FakePlugin& plugin,
                              Keep keep) {
  QuantizedMessage result = std::move(quantize(model, function, {bits}, plugin, 2, keep).front());
  if (result.failure) std::rethrow_exception(result.failure);
  return result;
}

std::map<std::string, TensorReport> by_name(const std::vector<TensorReport>& tensors) {
  std::map<std::string, TensorReport> map;
  for (const TensorReport& tensor : tensors) map[tensor.layer + "." + tensor.parameter] = tensor;
  return map;
}

testing::ModelBuilder convolution() {
  return testing::ModelBuilder(5).image_input("image", 8, 8).convolution("conv", 3, 4);
}

QuantizedTensor int8_of(const plugins::Weights& weights, int /*bits*/) {
  QuantizedTensor result = of_form(Kind::int8);
  result.scale = {0.5F};
  result.int8.assign(weights.values.size(), 3);
  return result;
}

QuantizedTensor float16_but_vectors(const plugins::Weights& weights, int /*bits*/) {
  return of_form(weights.is_vector ? Kind::none : Kind::float16);
}

}  // namespace goldilocks::pipeline
