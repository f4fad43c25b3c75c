// What a quantizer may return wrongly, and what the user is told then. libraries/misbehaving.cpp does it.
#include "core/base/cancellation.hpp"
#include "tests/plugins/library_folder.hpp"
#include "tests/plugins/tensor_to_quantize.hpp"

namespace goldilocks::plugins {
namespace {

std::string error_of(const std::string& fault) {
  Registry registry({library_folder()});
  const QuantizerPlugin& plugin = registry.quantizer("misbehaving");
  const TensorToQuantize tensor;
  return plugin_error([&] { plugin.create({{"fault", fault}})->begin(tensor.weights())->quantize(4); });
}

struct Fault {
  std::string name;
  std::string message;
};

class QuantizerFault : public ::testing::TestWithParam<Fault> {};

TEST_P(QuantizerFault, IsFoundAndNamed) {
  EXPECT_EQ(error_of(GetParam().name), "layer 'conv1', weights: quantizer 'misbehaving': " + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Plugins, QuantizerFault,
    ::testing::Values(Fault{"code_beyond", "returned the code 16 at index 2, beyond its 16 entries of 4 bits"},
                      Fault{"nan_in_table", "returned the table entry nan at index 1"},
                      Fault{"table_of_other_width", "returned a table of 32 entries for 4 bits"},
                      Fault{"no_codes", "returned no codes"}, Fault{"no_buffers", "returned no scale and bias"},
                      Fault{"infinite_scale", "returned the scale inf at index 1"},
                      Fault{"more_scales_than_biases", "returned 3 scales and 1 biases"},
                      Fault{"wrong_counts", "all refused"}, Fault{"same_buffer_twice", "same memory"},
                      Fault{"other_width", "returned a width of 2 bits where 4 were asked for"},
                      Fault{"impossible_width", "returned a width of 9 bits, which its form can't have"},
                      Fault{"int8_of_four_bits", "returned a width of 4 bits, which its form can't have"},
                      Fault{"float16_unasked", "returned a width of 16 bits where 4 were asked for"},
                      Fault{"error", "too many zeros"},
                      Fault{"error_without_message", "failed without a message (not supported)"},
                      Fault{"unknown_status", "failed with the unknown status 99"},
                      Fault{"unterminated_message", std::string(GLK_ERROR_MESSAGE_SIZE, 'x')},
                      Fault{"binary_message", "caf\u00e9 ? ?!"},
                      Fault{"cancelled", "it stopped, though nobody asked it to"},
                      Fault{"throws", "the plugin let an exception cross its interface: escaped"},
                      Fault{"throws_int", "the plugin let an exception cross its interface"},
                      Fault{"null_task", "begin() returned null"},
                      Fault{"begin_throws", "the plugin let an exception cross its interface: begin"}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(QuantizerFaults, NoneIsFoundInASoundResult) {
  Registry registry({library_folder()});
  const TensorToQuantize tensor;
  const QuantizedTensor result =
      registry.quantizer("misbehaving").create({{"fault", "none"}})->begin(tensor.weights())->quantize(8);
  EXPECT_EQ(result.table.size(), 256U);
  EXPECT_EQ(result.table[1], 1);
}

TEST(QuantizerFaults, CreationMayFail) {
  EXPECT_EQ(error_of("null_quantizer"), "quantizer 'misbehaving': create() returned null");
  EXPECT_EQ(error_of("create_fails"), "quantizer 'misbehaving': the strength of 3 is too much");
}

TEST(QuantizerFaults, AnExceptionFromADestructorEndsNothing) {
  Registry registry({library_folder()});
  const TensorToQuantize tensor;
  for (const std::string fault : {"end_throws", "destroy_throws"}) {
    EXPECT_EQ(registry.quantizer("misbehaving").create({{"fault", fault}})->begin(tensor.weights())->quantize(4).form,
              weights::Kind::none);
  }
}

TEST(QuantizerFaults, CancelledAfterARequestIsAnInterruption) {
  Registry registry({library_folder()});
  const TensorToQuantize tensor;
  request_cancellation();
  EXPECT_THROW(registry.quantizer("misbehaving").create({{"fault", "cancelled"}})->begin(tensor.weights())->quantize(4),
               Interrupted);
  clear_cancellation();
}

}  // namespace
}  // namespace goldilocks::plugins
