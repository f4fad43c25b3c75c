// Structs that are larger or smaller than the other side's, both ways: factories and options of a plugin that knows
// more or less than this host, and structs of a host that knows more or less than a plugin.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include <goldilocks/abi.h>

#include "core/plugins/plugin_library.hpp"
#include "core/plugins/quantizer_adapter.hpp"
#include "tests/plugins/library_folder.hpp"
#include "tests/plugins/tensor_to_quantize.hpp"

namespace goldilocks::plugins {
namespace {

// A struct of a later version: what is known today, and more that isn't. What lies behind must never be touched.
template <class Struct>
struct Later {
  Struct known{};
  std::array<std::uint64_t, 8> unknown{};

  Later() {
    known.struct_size = sizeof(Later);
    unknown.fill(0xDEADBEEFDEADBEEF);
  }
  bool is_untouched() const { return unknown == Later().unknown; }
};

// ---- plugins that know more or less than this host

int ended = 0;

glk_status create(const glk_host* /*host*/, const glk_options* /*options*/, glk_quantizer** quantizer,
                  glk_error* /*error*/) {
  static char object;
  *quantizer = reinterpret_cast<glk_quantizer*>(&object);
  return GLK_OK;
}

glk_status begin(glk_quantizer* quantizer, const glk_weights* /*weights*/, glk_quantizer_task** task,
                 glk_error* /*error*/) {
  *task = reinterpret_cast<glk_quantizer_task*>(quantizer);
  return GLK_OK;
}

glk_status quantize(glk_quantizer_task* /*task*/, std::int32_t /*bits*/, glk_quantized* result, glk_error* /*error*/) {
  result->form = GLK_FORM_UNCHANGED;
  return GLK_OK;
}

void end(glk_quantizer_task* /*task*/) { ++ended; }

void fill(glk_quantizer_factory& factory) {
  static const std::int32_t widths[] = {8};
  factory.name = "x";
  factory.summary = "grows";
  factory.widths = widths;
  factory.width_count = 1;
  factory.create = &create;
  factory.begin = &begin;
  factory.quantize = &quantize;
  factory.end = &end;
}

const glk_quantizer_factory* offered_quantizer = nullptr;

std::unique_ptr<QuantizerPlugin> adapt(const glk_quantizer_factory& factory) {
  offered_quantizer = &factory;
  PluginLibrary library;
  library.file = "/plugins/goldilocks-quantizer-x.so";
  library.get_factory = [](const char* id) -> const void* {
    return std::strcmp(id, GLK_QUANTIZER_ID) == 0 ? offered_quantizer : nullptr;
  };
  return adapt_quantizer(library, "x");
}

int ends_after_use(const QuantizerPlugin& plugin) {
  ended = 0;
  const TensorToQuantize tensor;
  EXPECT_EQ(plugin.create({})->begin(tensor.weights())->quantize(8).form, weights::Kind::none);
  return ended;
}

TEST(StructSizes, AFactoryThatKnowsMoreIsUsedForWhatIsKnown) {
  Later<glk_quantizer_factory> factory;
  fill(factory.known);
  EXPECT_EQ(ends_after_use(*adapt(factory.known)), 1);
}

TEST(StructSizes, MembersBeyondAFactorysSizeAreNotRead) {
  glk_quantizer_factory factory{};
  fill(factory);
  factory.destroy = [](glk_quantizer* /*quantizer*/) {};
  factory.struct_size = offsetof(glk_quantizer_factory, end);
  EXPECT_EQ(ends_after_use(*adapt(factory)), 0);
}

TEST(StructSizes, AMemberThatIsCutInTwoIsNotRead) {
  glk_quantizer_factory factory{};
  fill(factory);
  factory.struct_size = offsetof(glk_quantizer_factory, end) + 4;
  EXPECT_EQ(ends_after_use(*adapt(factory)), 0);
}

TEST(StructSizes, OptionsMayKnowMoreOrLess) {
  Later<glk_option> later;
  later.known.type = GLK_OPTION_NUMBER;
  later.known.name = "later";
  later.known.default_number = 2;
  glk_option earlier{};
  earlier.type = GLK_OPTION_STRING;
  earlier.name = "earlier";
  earlier.default_string = "beyond its size";
  earlier.struct_size = offsetof(glk_option, default_string);
  const glk_option* const options[] = {&later.known, &earlier};
  glk_quantizer_factory factory{};
  fill(factory);
  factory.struct_size = sizeof(factory);
  factory.options = options;
  factory.option_count = 2;
  const auto plugin = adapt(factory);
  EXPECT_EQ(std::get<double>(plugin->options.at(0).default_value), 2);
  EXPECT_EQ(std::get<std::string>(plugin->options.at(1).default_value), "");
}

// ---- a host that knows more or less than a plugin

struct Buffers {
  std::array<float, 256> table{};
  std::array<std::uint8_t, 12> codes{};
  std::string note;
};

void* give_buffer(void* context, std::int32_t which, std::uint64_t /*count*/) {
  auto& buffers = *static_cast<Buffers*>(context);
  return which == GLK_BUFFER_TABLE ? static_cast<void*>(buffers.table.data()) : buffers.codes.data();
}

void take_note(void* context, const char* text) { static_cast<Buffers*>(context)->note = text; }

glk_status no_option(const void* /*context*/, const char* /*name*/, const char** /*value*/) {
  return GLK_ERROR_INVALID_ARGUMENT;
}

// All that a host hands over in a quantization, with room behind it.
struct HandMadeHost {
  Later<glk_host> host;
  Later<glk_options> options;
  Later<glk_weights> weights;
  Later<glk_quantized> result;
  Later<glk_error> error;
  Buffers buffers;
  std::array<float, 12> values{1, 2, 3};
  std::array<std::int64_t, 1> dims{12};

  HandMadeHost() {
    host.known.log = [](void* /*context*/, std::int32_t /*level*/, const char* /*message*/) {};
    host.known.progress = [](void* /*context*/, double /*fraction*/) {};
    host.known.cancelled = [](void* /*context*/) { return std::int32_t{0}; };
    options.known.get_bool = [](const void*, const char*, std::int32_t* value) { return (*value = 1, GLK_OK); };
    options.known.get_integer = [](const void*, const char*, std::int64_t* value) { return (*value = 3, GLK_OK); };
    options.known.get_number = [](const void*, const char*, double* value) { return (*value = 1, GLK_OK); };
    options.known.get_string = [](const void*, const char* name, const char** value) {
      *value = std::strcmp(name, "form") == 0 ? "table" : "";
      return GLK_OK;
    };
    options.known.get_numbers = [](const void*, const char*, const double** numbers, std::uint64_t* count) {
      static const double two[] = {1, 2};
      *numbers = two;
      return (*count = 2, GLK_OK);
    };
    weights.known.kind = GLK_PARAMETER_WEIGHTS;
    weights.known.values = values.data();
    weights.known.count = values.size();
    weights.known.dims = dims.data();
    weights.known.rank = 1;
    weights.known.channel_axis = -1;
    weights.known.channels = 1;
    weights.known.layer = "conv1";
    weights.known.layer_type = "convolution";
    weights.known.parameter = "weights";
    result.known.bits = 2;
    result.known.context = &buffers;
    result.known.buffer = &give_buffer;
    result.known.note = &take_note;
  }

  glk_status run(const glk_quantizer_factory& factory) {
    glk_quantizer* quantizer = nullptr;
    glk_status status = factory.create(&host.known, &options.known, &quantizer, &error.known);
    if (status != GLK_OK) return status;
    glk_quantizer_task* task = nullptr;
    status = factory.begin(quantizer, &weights.known, &task, &error.known);
    if (status == GLK_OK) {
      status = factory.quantize(task, 2, &result.known, &error.known);
      factory.end(task);
    }
    factory.destroy(quantizer);
    return status;
  }

  bool is_untouched() const {
    return host.is_untouched() && options.is_untouched() && weights.is_untouched() && result.is_untouched() &&
           error.is_untouched();
  }
};

class PluginOfAnotherHost : public ::testing::TestWithParam<std::string> {
 protected:
  static const glk_quantizer_factory& factory() {
    const PluginLibrary library = open_plugin_library(quantizer_library(GetParam()));
    return *static_cast<const glk_quantizer_factory*>(get_factory(library, GLK_QUANTIZER_ID));
  }
};

// Made against the frozen headers and against today's, in C and in C++.
INSTANTIATE_TEST_SUITE_P(StructSizes, PluginOfAnotherHost,
                         ::testing::Values("frozen_c", "frozen_cpp", "frozen_lut", "short_lut", "well_behaved",
                                           "extended"),
                         [](const auto& parameter) { return parameter.param; });

TEST_P(PluginOfAnotherHost, WorksWithAHostThatKnowsMore) {
  HandMadeHost host;
  EXPECT_EQ(host.run(factory()), GLK_OK) << host.error.known.message;
  EXPECT_EQ(host.result.known.form, GLK_FORM_TABLE);
  EXPECT_TRUE(host.is_untouched());
}

TEST_P(PluginOfAnotherHost, ReportsAnErrorIntoALargerStruct) {
  HandMadeHost host;
  host.options.known.get_string = &no_option;
  host.result.known.buffer = [](void*, std::int32_t, std::uint64_t) -> void* { return nullptr; };
  if (GetParam() == "frozen_c")
    host.options.known.get_integer = [](const void*, const char*, std::int64_t* value) { return (*value = 9, GLK_OK); };
  EXPECT_NE(host.run(factory()), GLK_OK);
  EXPECT_STRNE(host.error.known.message, "");
  EXPECT_TRUE(host.is_untouched());
}

// The C++ wrapper looks at each size before it uses a member that may be missing.
class WrapperOfAnotherHost : public PluginOfAnotherHost {};

INSTANTIATE_TEST_SUITE_P(StructSizes, WrapperOfAnotherHost,
                         ::testing::Values("frozen_cpp", "frozen_lut", "short_lut", "well_behaved", "extended"),
                         [](const auto& parameter) { return parameter.param; });

TEST_P(WrapperOfAnotherHost, WorksWithAHostThatKnowsLess) {
  HandMadeHost host;
  host.host.known.struct_size = offsetof(glk_host, log);
  host.host.known.log = [](void*, std::int32_t, const char*) { ADD_FAILURE() << "log() lies beyond the size"; };
  host.host.known.progress = [](void*, double) { ADD_FAILURE() << "progress() lies beyond the size"; };
  host.host.known.cancelled = [](void*) { return std::int32_t{1}; };
  host.result.known.struct_size = offsetof(glk_quantized, note);
  host.result.known.note = [](void*, const char*) { ADD_FAILURE() << "note() lies beyond the size"; };
  host.result.known.progress = [](void*, double) { ADD_FAILURE() << "progress() lies beyond the size"; };
  host.host.known.get_extension = [](void*, const char*) -> const void* {
    ADD_FAILURE() << "get_extension() lies beyond the size";
    return nullptr;
  };
  host.weights.known.struct_size = offsetof(glk_weights, accepted_forms);
  host.weights.known.accepted_forms = 1;  // would mean that nothing is accepted
  EXPECT_EQ(host.run(factory()), GLK_OK) << host.error.known.message;
  EXPECT_EQ(host.result.known.form, GLK_FORM_TABLE);
}

TEST_P(WrapperOfAnotherHost, LeavesAnErrorWithoutAMessageAlone) {
  HandMadeHost host;
  host.result.known.buffer = [](void*, std::int32_t, std::uint64_t) -> void* { return nullptr; };
  host.error.known.struct_size = offsetof(glk_error, message);
  EXPECT_EQ(host.run(factory()), GLK_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(host.error.known.message, "");
}

}  // namespace
}  // namespace goldilocks::plugins
