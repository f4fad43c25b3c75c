#include "tests/formats/neural_network/layer_examples.hpp"

#include <string>

#include <gtest/gtest.h>

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;

// A layer of the kind with all of its parameters absent: field `kind` of the layer message with no content.
Layer empty_layer(LayerCase kind) {
  std::string bytes;
  for (auto tag = static_cast<unsigned>(kind) << 3 | 2U;; tag >>= 7) {
    bytes.push_back(static_cast<char>(tag < 0x80 ? tag : (tag & 0x7F) | 0x80));
    if (tag < 0x80) break;
  }
  bytes.push_back('\0');
  Layer layer;
  EXPECT_TRUE(layer.ParseFromString(bytes));
  EXPECT_EQ(layer.layer_case(), kind);
  return layer;
}

void add_ones(spec::WeightParams& params, int count) {
  for (int i = 0; i < count; ++i) params.add_floatvalue(1);
}

void fill_convolution3d(spec::Convolution3DLayerParams& params) {
  params.set_inputchannels(1);
  params.set_outputchannels(1);
  params.set_ngroups(1);
  params.set_kerneldepth(1);
  params.set_kernelheight(1);
  params.set_kernelwidth(1);
  params.set_stridedepth(1);
  params.set_strideheight(1);
  params.set_stridewidth(1);
  params.set_dilationdepth(1);
  params.set_dilationheight(1);
  params.set_dilationwidth(1);
  add_ones(*params.mutable_weights(), 1);
}

void fill_pooling3d(spec::Pooling3DLayerParams& params) {
  params.set_kerneldepth(1);
  params.set_kernelheight(1);
  params.set_kernelwidth(1);
  params.set_stridedepth(1);
  params.set_strideheight(1);
  params.set_stridewidth(1);
}

void fill_recurrent(Layer& layer) {
  if (layer.has_simplerecurrent()) {
    auto& params = *layer.mutable_simplerecurrent();
    params.set_inputvectorsize(1);
    params.set_outputvectorsize(1);
    params.mutable_activation()->mutable_tanh();
    add_ones(*params.mutable_weightmatrix(), 1);
    add_ones(*params.mutable_recursionmatrix(), 1);
  } else if (layer.has_gru()) {
    auto& params = *layer.mutable_gru();
    params.set_inputvectorsize(1);
    params.set_outputvectorsize(1);
    for (int i = 0; i < 2; ++i) params.add_activations()->mutable_sigmoid();
    for (auto* matrix : {params.mutable_updategateweightmatrix(), params.mutable_resetgateweightmatrix(),
                         params.mutable_outputgateweightmatrix(), params.mutable_updategaterecursionmatrix(),
                         params.mutable_resetgaterecursionmatrix(), params.mutable_outputgaterecursionmatrix()}) {
      add_ones(*matrix, 1);
    }
  }
}

void fill_lstm(spec::LSTMWeightParams& params) {
  for (auto* matrix : {params.mutable_inputgateweightmatrix(), params.mutable_forgetgateweightmatrix(),
                       params.mutable_blockinputweightmatrix(), params.mutable_outputgateweightmatrix(),
                       params.mutable_inputgaterecursionmatrix(), params.mutable_forgetgaterecursionmatrix(),
                       params.mutable_blockinputrecursionmatrix(), params.mutable_outputgaterecursionmatrix()}) {
    add_ones(*matrix, 1);
  }
}

void fill_lstm_layer(Layer& layer) {
  if (layer.has_unidirectionallstm()) {
    auto& params = *layer.mutable_unidirectionallstm();
    params.set_inputvectorsize(1);
    params.set_outputvectorsize(1);
    for (int i = 0; i < 3; ++i) params.add_activations()->mutable_tanh();
    fill_lstm(*params.mutable_weightparams());
  } else {
    auto& params = *layer.mutable_bidirectionallstm();
    params.set_inputvectorsize(1);
    params.set_outputvectorsize(1);
    for (int i = 0; i < 3; ++i) {
      params.add_activationsforwardlstm()->mutable_tanh();
      params.add_activationsbackwardlstm()->mutable_tanh();
    }
    for (int i = 0; i < 2; ++i) fill_lstm(*params.add_weightparams());
  }
}

void fill_spatial(Layer& layer) {
  switch (layer.layer_case()) {
    case Layer::kConvolution:
      layer.mutable_convolution()->mutable_valid();
      layer.mutable_convolution()->set_outputchannels(1);
      layer.mutable_convolution()->set_kernelchannels(1);
      add_ones(*layer.mutable_convolution()->mutable_weights(), 9);
      break;
    case Layer::kPooling:
      layer.mutable_pooling()->mutable_same();
      break;
    case Layer::kConvolution3D:
      fill_convolution3d(*layer.mutable_convolution3d());
      break;
    case Layer::kPooling3D:
      fill_pooling3d(*layer.mutable_pooling3d());
      break;
    case Layer::kCrop:
      for (int i = 0; i < 2; ++i) layer.mutable_crop()->mutable_cropamounts()->add_borderamounts();
      for (int i = 0; i < 2; ++i) layer.mutable_crop()->add_offset(0);
      break;
    case Layer::kPadding:
      layer.mutable_padding()->mutable_constant();
      break;
    default:
      break;
  }
}

void fill_weighted(Layer& layer) {
  switch (layer.layer_case()) {
    case Layer::kInnerProduct:
      layer.mutable_innerproduct()->set_inputchannels(1);
      layer.mutable_innerproduct()->set_outputchannels(1);
      add_ones(*layer.mutable_innerproduct()->mutable_weights(), 1);
      break;
    case Layer::kBatchedMatmul:
      layer.mutable_batchedmatmul()->set_weightmatrixfirstdimension(1);
      layer.mutable_batchedmatmul()->set_weightmatrixseconddimension(1);
      add_ones(*layer.mutable_batchedmatmul()->mutable_weights(), 1);
      break;
    case Layer::kEmbedding:
      layer.mutable_embedding()->set_inputdim(1);
      layer.mutable_embedding()->set_outputchannels(1);
      add_ones(*layer.mutable_embedding()->mutable_weights(), 1);
      break;
    case Layer::kEmbeddingND:
      layer.mutable_embeddingnd()->set_vocabsize(1);
      layer.mutable_embeddingnd()->set_embeddingsize(1);
      add_ones(*layer.mutable_embeddingnd()->mutable_weights(), 1);
      break;
    case Layer::kBatchnorm:
      layer.mutable_batchnorm()->set_channels(1);
      add_ones(*layer.mutable_batchnorm()->mutable_gamma(), 1);
      add_ones(*layer.mutable_batchnorm()->mutable_beta(), 1);
      add_ones(*layer.mutable_batchnorm()->mutable_mean(), 1);
      add_ones(*layer.mutable_batchnorm()->mutable_variance(), 1);
      break;
    case Layer::kScale:
      layer.mutable_scale()->add_shapescale(1);
      add_ones(*layer.mutable_scale()->mutable_scale(), 1);
      break;
    case Layer::kBias:
      layer.mutable_bias()->add_shape(1);
      add_ones(*layer.mutable_bias()->mutable_bias(), 1);
      break;
    case Layer::kLoadConstant:
      for (int i = 0; i < 3; ++i) layer.mutable_loadconstant()->add_shape(1);
      add_ones(*layer.mutable_loadconstant()->mutable_data(), 1);
      break;
    case Layer::kLoadConstantND:
      layer.mutable_loadconstantnd()->add_shape(1);
      add_ones(*layer.mutable_loadconstantnd()->mutable_data(), 1);
      break;
    case Layer::kLayerNormalization:
      layer.mutable_layernormalization()->add_normalizedshape(1);
      add_ones(*layer.mutable_layernormalization()->mutable_gamma(), 1);
      add_ones(*layer.mutable_layernormalization()->mutable_beta(), 1);
      break;
    default:
      break;
  }
}

void fill_rest(Layer& layer) {
  switch (layer.layer_case()) {
    case Layer::kActivation:
      layer.mutable_activation()->mutable_relu();
      break;
    case Layer::kReshape:
      for (int i = 0; i < 3; ++i) layer.mutable_reshape()->add_targetshape(1);
      break;
    case Layer::kPermute:
      for (const unsigned axis : {0U, 3U, 1U, 2U}) layer.mutable_permute()->add_axis(axis);
      break;
    case Layer::kReorganizeData:
      layer.mutable_reorganizedata()->set_blocksize(2);
      break;
    case Layer::kSlice:
      layer.mutable_slice()->set_stride(1);
      break;
    case Layer::kCustom:
      layer.mutable_custom()->set_classname("Mine");
      break;
    case Layer::kBranch: {
      Layer& inner = *layer.mutable_branch()->mutable_ifbranch()->add_layers();
      inner = empty_layer(Layer::kFloor);
      inner.add_input("in0");
      inner.add_output("inside");
      break;
    }
    case Layer::kLoop: {
      layer.mutable_loop()->set_maxloopiterations(3);
      Layer& inner = *layer.mutable_loop()->mutable_bodynetwork()->add_layers();
      inner = empty_layer(Layer::kLoopBreak);
      break;
    }
    case Layer::kTranspose:
      for (unsigned axis = 0; axis < 5; ++axis) layer.mutable_transpose()->add_axes(axis);
      break;
    case Layer::kSplitND:
      layer.mutable_splitnd()->set_numsplits(2);
      break;
    case Layer::kSliceStatic:
      layer.mutable_slicestatic()->add_beginids(0);
      layer.mutable_slicestatic()->add_endids(1);
      layer.mutable_slicestatic()->add_strides(1);
      layer.mutable_slicestatic()->add_beginmasks(false);
      layer.mutable_slicestatic()->add_endmasks(false);
      break;
    case Layer::kReverseSeq:
      layer.mutable_reverseseq()->set_sequenceaxis(1);
      break;
    case Layer::kFillStatic:
      layer.mutable_fillstatic()->add_targetshape(1);
      break;
    case Layer::kBroadcastToStatic:
      layer.mutable_broadcasttostatic()->add_targetshape(1);
      break;
    case Layer::kReshapeStatic:
      layer.mutable_reshapestatic()->add_targetshape(1);
      break;
    case Layer::kRankPreservingReshape:
      for (int i = 0; i < 5; ++i) layer.mutable_rankpreservingreshape()->add_targetshape(1);
      layer.add_inputtensor()->set_rank(5);
      layer.add_outputtensor()->set_rank(5);
      break;
    case Layer::kSqueeze:
      layer.mutable_squeeze()->add_axes(0);
      break;
    case Layer::kExpandDims:
      layer.mutable_expanddims()->add_axes(0);
      break;
    case Layer::kConstantPad:
      for (int i = 0; i < 2; ++i) layer.mutable_constantpad()->add_padamounts(1);
      break;
    case Layer::kRandomNormalStatic:
      layer.mutable_randomnormalstatic()->add_outputshape(1);
      break;
    case Layer::kRandomUniformStatic:
      layer.mutable_randomuniformstatic()->add_outputshape(1);
      break;
    case Layer::kRandomBernoulliStatic:
      layer.mutable_randombernoullistatic()->add_outputshape(1);
      break;
    default:
      break;
  }
}

}  // namespace

spec::NeuralNetworkLayer example_layer(LayerCase kind) {
  Layer layer = empty_layer(kind);
  fill_spatial(layer);
  fill_weighted(layer);
  fill_recurrent(layer);
  if (layer.has_unidirectionallstm() || layer.has_bidirectionallstm()) fill_lstm_layer(layer);
  fill_rest(layer);
  return layer;
}

}  // namespace goldilocks::model
