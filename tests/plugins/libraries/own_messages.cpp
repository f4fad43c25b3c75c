// A quantizer that carries a copy of the Core ML messages of its own, generated for protobuf's full runtime, as a
// plugin may do that reads models itself. Its one table entry is a number that went through such a message.
#include <stdexcept>
#include <string>

#include <goldilocks/plugin.hpp>

#include "coreml/model.pb.h"

namespace {

class OwnMessages final : public goldilocks::LutQuantizer {
  void quantize(const goldilocks::Weights& /*weights*/, goldilocks::Lut& out) override {
    CoreML::Specification::Model written;
    written.set_specificationversion(4);
    written.mutable_neuralnetwork()->add_layers()->mutable_convolution()->set_outputchannels(7);
    CoreML::Specification::Model read;
    if (!read.ParseFromString(written.SerializeAsString())) throw std::runtime_error("the message was not read");
    // Only the full runtime has descriptors.
    if (read.GetDescriptor()->full_name() != "CoreML.Specification.Model") throw std::runtime_error("a wrong name");
    out.table()[0] = static_cast<float>(read.neuralnetwork().layers(0).convolution().outputchannels());
  }
};

}  // namespace

GOLDILOCKS_QUANTIZER(OwnMessages, "own_messages", "carries the Core ML messages")
