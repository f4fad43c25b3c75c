#pragma once

// Evenly spaced values with integer zero points, as ML Programs store them, and evenly spaced tables for them, in the
// arithmetic of their reference implementation: every operation is rounded to the type that the weights are stored in.
// Link Goldilocks::affine. The same bytes on every machine.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <goldilocks/affine.hpp>
#include <goldilocks/options.hpp>
#include <goldilocks/quantizer.hpp>

namespace goldilocks::affine {

// What the operations are rounded to.
//   reference          the type of the weights; float32, with a note, where a step would overflow that type
//   reference_always   the type of the weights, whatever comes of it
//   float32            float32
// Weights whose type isn't known are taken for float32.
enum class Arithmetic : std::uint8_t { reference, reference_always, float32 };

// The option `arithmetic` with these words.
void declare_arithmetic(Options& options, std::string* word);
Arithmetic arithmetic_named(const std::string& word);

// The nearest half, ties to even; infinite from 65520 on. From float64 it is rounded once.
float round_to_half(float value);
float round_to_half(double value);

// How codes are spread over a channel's range, lo = min(0, least) to hi = max(0, largest), or about an exact zero:
//
//   symmetric   lo = -m, hi = m for the largest magnitude m
//   signed      -2^(n-1) to 2^(n-1) - 1; symmetric: from -2^(n-1) + 1, and no zero point
//   unsigned    0 to 2^n - 1; symmetric: to 2^n - 2, and the zero point 2^(n-1) - 1
struct ZeroPointRule {
  bool is_symmetric = false;
  bool is_unsigned = false;
  Arithmetic arithmetic = Arithmetic::reference;
};

// A task that gives each channel a scale, and a zero point where the rule has one:
//
//   scale      = (hi - lo) / (qmax - qmin)
//   zero point = (qmin * hi - qmax * lo) / (hi - lo), rounded half to even, clamped to qmin..qmax
//   code       = round half to even(w / scale) + zero point, clamped to qmin..qmax
//
// A code or zero point that is no number (0 / 0) is 0. Float16 at 16 bits. It throws BadData where a scale is infinite,
// and Unsupported for a symmetric rule of 1 bit.
std::unique_ptr<QuantizerTask> zero_point_task(const Weights& weights, const ZeroPointRule& rule);

// A table of 2^bits evenly spaced values from the least to the largest, and the codes:
//
//   code     = round half to even((w - least) / (largest - least) * (2^n - 1)), 0 where that is no number
//   table[k] = k * ((largest - least) / (2^n - 1)) + least, in float64 from the rounded difference on, rounded once
//
// Returns a note where float32 was taken to avoid an overflow, or "".
std::string uniform_table(const Weights& weights, const ValueRange& range, int bits, Arithmetic arithmetic,
                          std::span<float> table, std::span<std::uint8_t> codes);

}  // namespace goldilocks::affine
