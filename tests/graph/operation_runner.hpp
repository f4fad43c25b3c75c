#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

#include "core/graph/graph_builder.hpp"

namespace goldilocks::testing {

using graph::Dims;
using lowering::Attributes;

struct TestTensor {
  Dims dims;
  std::vector<float> values;

  bool operator==(const TestTensor&) const = default;
};

// 1, 2, 3, ...
TestTensor counting(Dims dims);
TestTensor random_tensor(std::mt19937& random, Dims dims, float low = -1, float high = 1);

// An input that is absent.
inline TestTensor absent() { return {}; }

// One operation by its plain kernel, in a graph of its own whose inputs these are. Throws GraphError.
std::vector<TestTensor> run_operation(const std::string& type, const std::vector<TestTensor>& inputs,
                                      const Attributes& attributes = {}, std::size_t outputs = 1);
// For operations with one output.
TestTensor run_one(const std::string& type, const std::vector<TestTensor>& inputs, const Attributes& attributes = {});

// The message of the GraphError that the operation's shape rule throws; "" if it throws none.
std::string problem_of(const std::string& type, const std::vector<TestTensor>& inputs,
                       const Attributes& attributes = {}, std::size_t outputs = 1);

// Fails where shapes differ, or values by more than the tolerance (relative above 1).
void expect_near(const TestTensor& actual, const TestTensor& expected, double tolerance = 1e-6);

// Lists of integers for attributes and dimensions, short.
inline std::vector<std::int64_t> ints(std::initializer_list<std::int64_t> values) { return values; }

std::int64_t between(std::mt19937& random, std::int64_t low, std::int64_t high);

}  // namespace goldilocks::testing
