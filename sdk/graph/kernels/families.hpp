#pragma once

#include <span>

#include <goldilocks/graph/kernel.hpp>

// One list for each file of kernels; registry.cpp puts them together.
namespace goldilocks::graph {

std::span<const Kernel> activation_kernels();
std::span<const Kernel> arithmetic_kernels();
std::span<const Kernel> casting_kernels();
std::span<const Kernel> constant_padding_kernels();
std::span<const Kernel> control_flow_kernels();
std::span<const Kernel> convolution_3d_kernels();
std::span<const Kernel> convolution_kernels();
std::span<const Kernel> deconvolution_kernels();
std::span<const Kernel> elementary_kernels();
std::span<const Kernel> embedding_kernels();
std::span<const Kernel> encoding_kernels();
std::span<const Kernel> gathering_kernels();
std::span<const Kernel> inner_product_kernels();
std::span<const Kernel> layout_kernels();
std::span<const Kernel> matmul_kernels();
std::span<const Kernel> normalization_kernels();
std::span<const Kernel> ordering_kernels();
std::span<const Kernel> padding_kernels();
std::span<const Kernel> pairwise_kernels();
std::span<const Kernel> pooling_3d_kernels();
std::span<const Kernel> pooling_kernels();
std::span<const Kernel> random_kernels();
std::span<const Kernel> recurrent_kernels();
std::span<const Kernel> reduction_kernels();
std::span<const Kernel> repeating_kernels();
std::span<const Kernel> resampling_kernels();
std::span<const Kernel> resizing_kernels();
std::span<const Kernel> scaling_kernels();
std::span<const Kernel> scattering_kernels();
std::span<const Kernel> scoring_kernels();
std::span<const Kernel> selecting_kernels();
std::span<const Kernel> slicing_kernels();
std::span<const Kernel> suppression_kernels();
std::span<const Kernel> unary_kernels();

}  // namespace goldilocks::graph
