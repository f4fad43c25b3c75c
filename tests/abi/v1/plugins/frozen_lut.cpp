// A quantizer made with the frozen C++ wrapper, the short way.
#include <goldilocks/quantizer.hpp>

namespace {

class FrozenLut final : public goldilocks::LutQuantizer {
  void quantize(const goldilocks::Weights& weights, goldilocks::Lut& out) override {
    for (float& entry : out.table()) entry = weights.values[0];
    for (std::uint8_t& code : out.codes()) code = static_cast<std::uint8_t>((1 << out.bits()) - 1);
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(FrozenLut, "frozen_lut", "made with the frozen wrapper, the short way")
