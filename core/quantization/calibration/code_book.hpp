#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace goldilocks::quantization {

// The values that codes can stand for, and the nearest of them.
class CodeBook {
 public:
  CodeBook() = default;
  // `values[code]`, finite. A value that several codes have belongs to the lowest of them.
  explicit CodeBook(std::span<const double> values);

  std::uint8_t nearest(double value) const;  // of two as near, that of the smaller value
  double operator[](std::size_t code) const { return values_[code]; }
  std::size_t size() const { return values_.size(); }

 private:
  std::vector<double> values_;       // by code
  std::vector<double> borders_;      // between distinct values in rising order
  std::vector<std::uint8_t> codes_;  // of those values
};

}  // namespace goldilocks::quantization
