// The short way: a function that puts the first weight into every code.
#include <goldilocks/plugin.hpp>

namespace {

class ShortLut final : public goldilocks::LutQuantizer {
  void quantize(const goldilocks::Weights& weights, goldilocks::Lut& out) override {
    for (float& entry : out.table()) entry = weights.values[0];
    for (std::uint8_t& code : out.codes()) code = static_cast<std::uint8_t>(out.table().size() - 1);
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(ShortLut, "short_lut", "one value for all")
