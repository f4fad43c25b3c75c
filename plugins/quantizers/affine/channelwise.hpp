#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <goldilocks/quantizer.hpp>

#include "channels.hpp"
#include "codes.hpp"

namespace goldilocks::affine {

// The evenly spaced values for a range at a width, and the codes of a channel's values among them.
using AffineRule = Affine (*)(const ValueRange& range, int bits);
using CodeRule = void (*)(std::span<const float> values, const Affine& affine, std::span<std::uint8_t> codes);

// A task that gives each channel a scale and a bias by these rules; float16 at 16 bits. The ranges are found once for
// all widths. It throws BadData where a scale or bias is beyond float32.
std::unique_ptr<QuantizerTask> channelwise_task(const Weights& weights, AffineRule affine_of, CodeRule codes_of);

}  // namespace goldilocks::affine
