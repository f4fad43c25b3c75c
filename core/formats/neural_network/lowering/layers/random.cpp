// randomNormal*, randomUniform*, randomBernoulli* and categoricalDistribution.
//
// What the format leaves open, and what is done here:
//   - The same seed gives the same numbers, in every run (docs/operations.md says which). A seed of -1 is what
//   coremltools
//     writes where none was chosen: it becomes the hash of the layer's output name, so that two such layers differ and
//     answers still repeat.
//   - Of categoricalDistribution, eps is added to probabilities before their logarithm is taken, and logits, given or
//     taken, are divided by the temperature. 0 reads as the defaults, 1e-10 and 1.
#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;
using Integers = std::vector<std::int64_t>;

// FNV-1a in 64 bits.
std::int64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char letter : text) {
    hash ^= static_cast<unsigned char>(letter);
    hash *= 0x100000001b3U;
  }
  return static_cast<std::int64_t>(hash);
}

std::int64_t seed_of(const LayerLowering& lowering, std::int64_t stated) {
  return stated == -1 ? hash_of(lowering.layer().output(0)) : stated;
}

template <class Params>
Attributes normal(const LayerLowering& lowering, const Params& params) {
  return {{"seed", seed_of(lowering, params.seed())},
          {"mean", static_cast<double>(params.mean())},
          {"deviation", static_cast<double>(params.stddev())}};
}

template <class Params>
Attributes uniform(const LayerLowering& lowering, const Params& params) {
  return {{"seed", seed_of(lowering, params.seed())},
          {"minimum", static_cast<double>(params.minval())},
          {"maximum", static_cast<double>(params.maxval())}};
}

template <class Params>
Attributes bernoulli(const LayerLowering& lowering, const Params& params) {
  return {{"seed", seed_of(lowering, params.seed())}, {"probability", static_cast<double>(params.prob())}};
}

void finish_like(LayerLowering& lowering, const char* operation, Attributes attributes) {
  lowering.finish(operation, lowering.inputs(), std::move(attributes));
}

template <class Shape>
void finish_static(LayerLowering& lowering, const char* operation, Attributes attributes, const Shape& shape) {
  if (shape.empty()) lowering.fail("outputShape is empty");
  Integers sizes;
  for (const std::uint64_t size : shape) sizes.push_back(size_field(lowering, size, "an entry of outputShape"));
  attributes.push_back({"shape", std::move(sizes)});
  lowering.finish(operation, {}, std::move(attributes));
}

void finish_dynamic(LayerLowering& lowering, const char* operation, Attributes attributes) {
  if (const std::span<const float> sizes = lowering.constant_input(0); !sizes.empty()) {
    // Shapes that are known already are best known to everybody. What is no size is refused by the shape rule.
    Integers shape;
    for (const float size : sizes) shape.push_back(size >= 1 && size <= 4e9F ? static_cast<std::int64_t>(size) : 0);
    attributes.push_back({"shape", std::move(shape)});
    return lowering.finish(operation, {}, std::move(attributes));
  }
  attributes.push_back({"shape_from", std::string("values")});
  lowering.finish(operation, lowering.inputs(), std::move(attributes));
}

void lower_normal_like(LayerLowering& lowering) {
  finish_like(lowering, "random_normal", normal(lowering, lowering.layer().randomnormallike()));
}
void lower_normal_static(LayerLowering& lowering) {
  const auto& params = lowering.layer().randomnormalstatic();
  finish_static(lowering, "random_normal", normal(lowering, params), params.outputshape());
}
void lower_normal_dynamic(LayerLowering& lowering) {
  finish_dynamic(lowering, "random_normal", normal(lowering, lowering.layer().randomnormaldynamic()));
}

void lower_uniform_like(LayerLowering& lowering) {
  finish_like(lowering, "random_uniform", uniform(lowering, lowering.layer().randomuniformlike()));
}
void lower_uniform_static(LayerLowering& lowering) {
  const auto& params = lowering.layer().randomuniformstatic();
  finish_static(lowering, "random_uniform", uniform(lowering, params), params.outputshape());
}
void lower_uniform_dynamic(LayerLowering& lowering) {
  finish_dynamic(lowering, "random_uniform", uniform(lowering, lowering.layer().randomuniformdynamic()));
}

void lower_bernoulli_like(LayerLowering& lowering) {
  finish_like(lowering, "random_bernoulli", bernoulli(lowering, lowering.layer().randombernoullilike()));
}
void lower_bernoulli_static(LayerLowering& lowering) {
  const auto& params = lowering.layer().randombernoullistatic();
  finish_static(lowering, "random_bernoulli", bernoulli(lowering, params), params.outputshape());
}
void lower_bernoulli_dynamic(LayerLowering& lowering) {
  finish_dynamic(lowering, "random_bernoulli", bernoulli(lowering, lowering.layer().randombernoullidynamic()));
}

void lower_categorical(LayerLowering& lowering) {
  const spec::CategoricalDistributionLayerParams& params = lowering.layer().categoricaldistribution();
  const float epsilon = params.eps() == 0 ? 1e-10F : params.eps();
  const float temperature = params.temperature() == 0 ? 1.0F : params.temperature();
  lowering.finish("random_categorical", lowering.inputs(),
                  {{"seed", seed_of(lowering, params.seed())},
                   {"samples", params.numsamples()},
                   {"logits", std::int64_t{params.islogits() ? 1 : 0}},
                   {"epsilon", static_cast<double>(epsilon)},
                   {"temperature", static_cast<double>(temperature)}});
}

}  // namespace

const LayerRules& random_rules() {
  static const LayerRules rules = {{Layer::kRandomNormalLike, 1, 1, 1, 1, lower_normal_like},
                                   {Layer::kRandomNormalStatic, 0, 0, 1, 1, lower_normal_static},
                                   {Layer::kRandomNormalDynamic, 1, 1, 1, 1, lower_normal_dynamic},
                                   {Layer::kRandomUniformLike, 1, 1, 1, 1, lower_uniform_like},
                                   {Layer::kRandomUniformStatic, 0, 0, 1, 1, lower_uniform_static},
                                   {Layer::kRandomUniformDynamic, 1, 1, 1, 1, lower_uniform_dynamic},
                                   {Layer::kRandomBernoulliLike, 1, 1, 1, 1, lower_bernoulli_like},
                                   {Layer::kRandomBernoulliStatic, 0, 0, 1, 1, lower_bernoulli_static},
                                   {Layer::kRandomBernoulliDynamic, 1, 1, 1, 1, lower_bernoulli_dynamic},
                                   {Layer::kCategoricalDistribution, 1, 1, 1, 1, lower_categorical}};
  return rules;
}

}  // namespace goldilocks::lowering
