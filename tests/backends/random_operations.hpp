#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/graph/graph_builder.hpp"

namespace goldilocks::testing {

// Adds operations with random attributes, weights and shapes to a graph. Weights are scaled so that values keep their
// size. The builder and the generator must outlive it.
class RandomOperations {
 public:
  RandomOperations(lowering::GraphBuilder& graph, std::mt19937& random) : graph_(graph), random_(random) {}

  // Every operation of the kit but control flow.
  static std::vector<std::string> types();

  // An operation of this type on `x` (of rank 3 or more) and whatever else it needs; returns its outputs. Throws
  // GraphError where what came up doesn't suit x.
  std::vector<std::uint32_t> add(const std::string& type, std::uint32_t x);

  std::int64_t between(std::int64_t low, std::int64_t high);
  template <class Choice>
  Choice one_of(const std::vector<Choice>& choices) {
    return choices[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(choices.size()) - 1))];
  }
  bool chance(double probability) { return std::bernoulli_distribution(probability)(random_); }
  double number(double low, double high) { return std::uniform_real_distribution(low, high)(random_); }

  // A constant with values from -size to size.
  std::uint32_t constant(lowering::Dims dims, double size);

 private:
  using Inputs = std::vector<std::uint32_t>;

  std::vector<std::uint32_t> emit(const std::string& type, Inputs inputs, lowering::Attributes attributes,
                                  std::size_t outputs = 1);
  std::vector<std::uint32_t> convolution(std::uint32_t x);
  std::vector<std::uint32_t> deconvolution(std::uint32_t x);
  std::vector<std::uint32_t> inner_product(std::uint32_t x);
  std::vector<std::uint32_t> embedding(std::uint32_t x);
  std::vector<std::uint32_t> convolution_3d(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> pool_3d(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> constant_pad(std::uint32_t x);
  std::vector<std::uint32_t> resize(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> random_numbers(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> suppression(std::uint32_t x);
  lowering::Attributes volume_attributes();
  std::vector<std::int64_t> list(std::size_t count, std::int64_t low, std::int64_t high);
  std::uint32_t one_from(std::uint32_t x);
  std::vector<std::uint32_t> matmul(std::uint32_t x);
  std::vector<std::uint32_t> pool(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> parameters(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> arithmetic(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> pairwise(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> reduction(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> ordering(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> normalize(std::uint32_t x);
  std::vector<std::uint32_t> recurrent(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> concat(std::uint32_t x);
  std::vector<std::uint32_t> split(std::uint32_t x);
  std::vector<std::uint32_t> slice(std::uint32_t x);
  std::vector<std::uint32_t> reshape(std::uint32_t x);
  std::vector<std::uint32_t> transpose(std::uint32_t x);
  std::vector<std::uint32_t> resample(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> elementwise(const std::string& type, std::uint32_t x);
  // Operations that move values: random_moving.cpp. Nothing for another type.
  std::vector<std::uint32_t> moving(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> gathering(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> scattering(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> list_write(std::uint32_t x);
  std::vector<std::uint32_t> sample(std::uint32_t x);
  std::vector<std::uint32_t> with_lists(const std::string& type, std::uint32_t x);
  std::vector<std::uint32_t> dynamic_slice(std::uint32_t x);
  std::uint32_t list(const std::vector<std::int64_t>& values);
  std::uint32_t indexes(lowering::Dims dims, std::int64_t size);
  lowering::Attributes padding(std::int64_t most);
  // x's shape with some dimensions 1, or leading ones left out: what broadcasts to x.
  lowering::Dims broadcastable(const lowering::Dims& dims);

  lowering::GraphBuilder& graph_;
  std::mt19937& random_;
  int count_ = 0;
};

}  // namespace goldilocks::testing
