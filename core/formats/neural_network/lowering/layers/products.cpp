// embedding, embeddingND, batchedMatmul and dot.
//
// What the format leaves open, and what is done here:
//   - batchedMatmul states its weight as [X1, X2] in column-major order: in row-major order that is [X2, X1], the
//   matrix
//     that an inner product takes, and so it becomes one.
//   - int8DynamicQuantize is no reason to round the input: see inner_product.cpp.
//   - Vectors that are multiplied as matrices are made so before they are transposed, as the format tells it in this
//     order.
//   - The cosine of a vector of zeros is not a number, as its formula says: no epsilon is stated for this layer.
#include "core/formats/neural_network/lowering/layer_lowering.hpp"
#include "core/formats/neural_network/lowering/layers/common.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;

void finish_embedding(LayerLowering& lowering, bool has_bias, std::int64_t axis) {
  std::vector<std::uint32_t> inputs = {lowering.input(), lowering.weight_constant("weights")};
  if (has_bias) inputs.push_back(lowering.weight_constant("bias"));
  lowering.finish("embedding", std::move(inputs), {{"axis", axis}});
}

void lower_embedding(LayerLowering& lowering) {
  lowering.need_rank(4, 5);
  finish_embedding(lowering, lowering.layer().embedding().hasbias(), -3);
}

void lower_embedding_nd(LayerLowering& lowering) {
  lowering.need_rank(2, 5);
  finish_embedding(lowering, lowering.layer().embeddingnd().hasbias(), -1);
}

void lower_batched_matmul(LayerLowering& lowering) {
  const spec::BatchedMatMulLayerParams& params = lowering.layer().batchedmatmul();
  if (lowering.input_count() == 2) {
    if (params.hasbias()) lowering.fail("a bias needs weights of the layer's own in the place of a second input");
    lowering.finish("matmul", lowering.inputs(),
                    {{"transpose_a", flag(params.transposea())}, {"transpose_b", flag(params.transposeb())}});
    return;
  }
  std::vector<std::uint32_t> inputs = {lowering.input(), lowering.weight_constant("weights")};
  if (params.hasbias()) inputs.push_back(lowering.weight_constant("bias"));
  lowering.finish("inner_product", std::move(inputs), {{"input_axes", std::int64_t{1}}});
}

// Sums over the channels, whose last two dimensions are 1.
void lower_dot(LayerLowering& lowering) {
  lowering.need_rank(3);
  for (std::size_t index = 0; index < 2; ++index) {
    const Dims& dims = lowering.dims(index);
    const auto one = [](std::int64_t size) { return size == 1 || size == -1; };  // an open one may be
    if (dims.size() != lowering.dims().size() || !one(dims.back()) || !one(dims[dims.size() - 2])) {
      lowering.fail("its inputs have shapes " + graph::to_text(lowering.dims(0)) + " and " +
                    graph::to_text(lowering.dims(1)) + "; they must have one rank, and end in two ones");
    }
  }
  const Attributes over_channels = {{"axes", std::vector<std::int64_t>{-3}}, {"keep_dims", std::int64_t{1}}};
  const std::uint32_t products = lowering.add("multiply", lowering.inputs(), {});
  if (!lowering.layer().dot().cosinesimilarity()) return lowering.finish("reduce_sum", {products}, over_channels);
  const std::uint32_t sums = lowering.add("reduce_sum", {products}, over_channels);
  const std::uint32_t left = lowering.add("reduce_l2", {lowering.input(0)}, over_channels);
  const std::uint32_t right = lowering.add("reduce_l2", {lowering.input(1)}, over_channels);
  lowering.finish("divide", {sums, lowering.add("multiply", {left, right}, {})}, {});
}

}  // namespace

const LayerRules& product_rules() {
  static const LayerRules rules = {{Layer::kEmbedding, 1, 1, 1, 1, lower_embedding},
                                   {Layer::kEmbeddingND, 1, 1, 1, 1, lower_embedding_nd},
                                   {Layer::kBatchedMatmul, 1, 2, 1, 1, lower_batched_matmul},
                                   {Layer::kDot, 2, 2, 1, 1, lower_dot}};
  return rules;
}

}  // namespace goldilocks::lowering
