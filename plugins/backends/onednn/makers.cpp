#include "makers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace goldilocks::onednn {
namespace {

constexpr std::array<std::pair<std::string_view, Maker>, 37> makers = {{
    {"abs", add_activation},
    {"add", add_arithmetic},
    {"affine", add_affine},
    {"average", add_arithmetic},
    {"average_pool", add_pooling},
    {"clamped_relu", add_activation},
    {"clip", add_activation},
    {"concat", add_concat},
    {"convolution", add_convolution},
    {"deconvolution", add_deconvolution},
    {"divide", add_arithmetic},
    {"dynamic_reshape", add_reshape},
    {"elu", add_activation},
    {"exp", add_activation},
    {"gelu", add_activation},
    {"hard_sigmoid", add_activation},
    {"inner_product", add_inner_product},
    {"leaky_relu", add_activation},
    {"linear", add_activation},
    {"local_response_normalization", add_local_response_normalization},
    {"lstm", add_lstm},
    {"matmul", add_matmul},
    {"max_pool", add_pooling},
    {"maximum", add_arithmetic},
    {"minimum", add_arithmetic},
    {"multiply", add_arithmetic},
    {"normalize", add_normalize},
    {"relu", add_activation},
    {"reshape", add_reshape},
    {"scaled_tanh", add_activation},
    {"sigmoid", add_activation},
    {"softmax", add_softmax},
    {"split", add_split},
    {"sqrt", add_activation},
    {"subtract", add_arithmetic},
    {"tanh", add_activation},
    {"threshold", add_activation},
}};

}  // namespace

Maker find_maker(std::string_view type) {
  const auto found = std::ranges::find(makers, type, &std::pair<std::string_view, Maker>::first);
  return found == makers.end() ? nullptr : found->second;
}

}  // namespace goldilocks::onednn
