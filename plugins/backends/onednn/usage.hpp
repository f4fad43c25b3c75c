#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <goldilocks/graph/graph.hpp>

namespace goldilocks::onednn {

// Whether all that the operation reads and gives is float32, which is what oneDNN is used for.
bool is_float32(const graph::GraphView& graph, const graph::OperationView& operation);

// Who gives and who reads each value, as far as the wanted values need it. The graph must outlive it.
class Usage {
 public:
  Usage(const graph::GraphView& graph, std::span<const std::uint32_t> wanted);

  // Whether a wanted value depends on the operation.
  bool is_needed(std::size_t operation) const { return needed_[operation]; }
  bool is_wanted(std::uint32_t value) const { return wanted_[value]; }
  // The needed operation that gives the value; none for inputs and constants.
  std::optional<std::size_t> producer(std::uint32_t value) const { return producer_[value]; }
  // The one operation that reads the value, once, when nobody else does and it is not wanted.
  std::optional<std::size_t> sole_reader(std::uint32_t value) const;
  // Whether nobody reads the value after this operation.
  bool is_last_reader(std::size_t operation, std::uint32_t value) const;

 private:
  std::vector<bool> needed_;                          // by operation
  std::vector<bool> wanted_;                          // by value
  std::vector<std::optional<std::size_t>> producer_;  // by value
  std::vector<std::size_t> reads_;                    // by value
  std::vector<std::optional<std::size_t>> last_;      // by value: the last operation that reads it
};

}  // namespace goldilocks::onednn
