#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <goldilocks/abi.h>

namespace goldilocks::pipeline {

// The operation of a graph that multiplies a weight matrix [rows, inputs] with what it reads, and what of that each row
// meets: the patches of a convolution, the vectors of an inner product. Rows are cut into as many equal runs as there
// are groups.
struct WeightReader {
  std::size_t operation = 0;
  std::uint32_t input = 0;  // the value that is read
  std::size_t inputs = 0;   // that each row meets
  std::size_t groups = 1;

  // Of a convolution; an inner product has windows of one value in a plane of one.
  bool is_convolution = false;
  std::array<std::int64_t, 2> kernel{1, 1}, stride{1, 1}, dilation{1, 1};
  std::array<std::int64_t, 4> pads{};  // top, bottom, left, right
  enum class Padding { by_pads, same_upper, same_lower };
  Padding padding = Padding::by_pads;
};

// What reads a constant of this content, in the layer of this name. Nothing for a constant that no convolution and no
// inner product multiplies with.
std::optional<WeightReader> find_reader(const glk_graph& graph, const std::string& layer,
                                        std::span<const float> values);

// Where the patches of one sample lie.
class Patches {
 public:
  // `dims`: of the value that is read.
  Patches(const WeightReader& reader, std::span<const std::int64_t> dims);

  std::size_t count() const { return images_ * height_ * width_; }
  // Some of the positions, `count` of them or all, spread evenly, each by chance within its share: the same for the
  // same seed. Writes what the weights meet there: [groups][columns][inputs], of which these columns begin at `first`.
  void gather(const float* values, std::size_t count, std::uint64_t seed, std::span<float> to, std::size_t columns,
              std::size_t first) const;

 private:
  void gather_one(const float* image, std::size_t y, std::size_t x, std::span<float> to, std::size_t columns,
                  std::size_t column) const;

  const WeightReader& reader_;
  std::size_t images_ = 1, channels_ = 1;
  std::int64_t rows_ = 1, columns_ = 1;  // of the plane
  std::size_t height_ = 1, width_ = 1;   // of the output
  std::int64_t top_ = 0, left_ = 0;
};

}  // namespace goldilocks::pipeline
