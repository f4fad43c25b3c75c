// Two copies of the Core ML messages in one process. With the full runtime on both sides the second copy to be loaded
// would abort the program, as both register the same files; core's own copy uses the lite runtime, which doesn't.
#include "coreml/model.pb.h"
#include "tests/plugins/library_folder.hpp"
#include "tests/plugins/tensor_to_quantize.hpp"

namespace goldilocks::plugins {
namespace {

std::string name_through_host_messages(const std::string& name) {
  CoreML::Specification::Model written;
  written.mutable_neuralnetwork()->add_layers()->set_name(name);
  CoreML::Specification::Model read;
  return read.ParseFromString(written.SerializeAsString()) ? read.neuralnetwork().layers(0).name() : "";
}

TEST(OwnMessages, OfAPluginLiveBesideTheHosts) {
  EXPECT_EQ(name_through_host_messages("before"), "before");
  Registry registry({library_folder()});
  const TensorToQuantize tensor;
  const auto quantizer = registry.quantizer("own_messages").create({});
  const auto task = quantizer->begin(tensor.weights());
  EXPECT_EQ(task->quantize(4).table.at(0), 7);
  EXPECT_EQ(name_through_host_messages("after"), "after");
  EXPECT_EQ(task->quantize(4).table.at(0), 7);
}

}  // namespace
}  // namespace goldilocks::plugins
