// What was added after the first release: extensions on both sides, new members, and numbers that one side doesn't
// know.
#include <cstring>
#include <limits>
#include <string>

#include <goldilocks/abi.h>

#include "core/plugins/backend_adapter.hpp"
#include "core/plugins/host_services.hpp"
#include "core/plugins/plugin_library.hpp"
#include "tests/plugins/library_folder.hpp"
#include "tests/plugins/small_graph.hpp"
#include "tests/plugins/tensor_to_quantize.hpp"

namespace goldilocks::plugins {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(HostExtensions, NameTheProgramAndAreNullForOtherIds) {
  const HostServices services("x");
  const glk_host& host = *services.get();
  const auto* program = static_cast<const glk_program*>(host.get_extension(host.context, GLK_PROGRAM_ID));
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(program->struct_size, sizeof(glk_program));
  EXPECT_STREQ(program->name, "goldilocks");
  EXPECT_STREQ(program->version, GOLDILOCKS_VERSION);
  EXPECT_EQ(host.get_extension(host.context, "goldilocks.program.v2"), nullptr);
  EXPECT_EQ(host.get_extension(host.context, nullptr), nullptr);
}

TEST(PluginExtensions, AreNullForOtherIdsAndInLibrariesWithoutAny) {
  const PluginLibrary doubling = open_plugin_library(library_folder() / "goldilocks-backend-doubling.so");
  EXPECT_NE(get_extension(doubling, GLK_SUPPORTS_ID), nullptr);
  EXPECT_EQ(get_extension(doubling, "goldilocks.backend.supports.v2"), nullptr);
  for (const char* name : {"frozen_c", "frozen_cpp", "well_behaved"}) {
    EXPECT_EQ(get_extension(open_plugin_library(quantizer_library(name)), GLK_SUPPORTS_ID), nullptr) << name;
  }
}

TEST(AddedMembers, ReachAPluginThatKnowsThem) {
  Registry registry({library_folder()});
  TensorToQuantize tensor;
  tensor.values[0] = 0.5;
  Weights weights = tensor.weights();
  const auto quantizer = registry.quantizer("extended").create({});
  EXPECT_EQ(quantizer->begin(weights)->quantize(4).note, "in goldilocks, forms 0");
  EXPECT_EQ(quantizer->begin(weights)->quantize(4).form, weights::Kind::table) << "not known: all may be tried";
  weights.accepted_forms = {weights::Kind::float32, weights::Kind::float16};
  const QuantizedTensor refused = quantizer->begin(weights)->quantize(4);
  EXPECT_EQ(refused.form, weights::Kind::none);
  EXPECT_EQ(refused.note, "in goldilocks, forms 48");
  weights.accepted_forms = {weights::Kind::table};
  EXPECT_EQ(quantizer->begin(weights)->quantize(4).form, weights::Kind::table);
}

// ---- a backend that says what it supports with these options

glk_status denies_all(const glk_options* /*options*/, const glk_graph* /*graph*/, std::int32_t* /*supported*/,
                      glk_error* /*error*/) {
  return GLK_OK;
}

glk_status fails(const glk_options* /*options*/, const glk_graph* /*graph*/, std::int32_t* /*supported*/,
                 glk_error* error) {
  std::strcpy(error->message, "no device 3");
  return GLK_ERROR_INVALID_ARGUMENT;
}

std::int32_t supports_all(const glk_graph* /*graph*/, const glk_operation* /*operation*/) { return 1; }

const glk_supports* extension = nullptr;
const glk_element_types* element_types = nullptr;

PluginLibrary library_of_backend() {
  static glk_backend_factory factory{};
  factory.struct_size = sizeof(factory);
  factory.name = "x";
  factory.summary = "denies";
  factory.supports = &supports_all;
  factory.create_model = [](const glk_host*, const glk_options*, const glk_graph*, const char*, glk_model**,
                            glk_error*) { return GLK_ERROR_INTERNAL; };
  factory.create_session = [](glk_model*, const std::uint32_t*, std::uint64_t, glk_session**, glk_error*) {
    return GLK_ERROR_INTERNAL;
  };
  factory.run = [](glk_session*, const glk_tensor* const*, std::uint64_t, const glk_outputs*, glk_error*) {
    return GLK_ERROR_INTERNAL;
  };
  PluginLibrary library;
  library.file = "/plugins/goldilocks-backend-x.so";
  library.get_factory = [](const char* id) -> const void* {
    return std::strcmp(id, GLK_BACKEND_ID) == 0 ? &factory : nullptr;
  };
  library.get_extension = [](const char* id) -> const void* {
    if (std::strcmp(id, GLK_ELEMENT_TYPES_ID) == 0) return element_types;
    return std::strcmp(id, GLK_SUPPORTS_ID) == 0 ? extension : nullptr;
  };
  return library;
}

std::string refusal_with(const glk_supports& supports) {
  extension = &supports;
  const auto backend = adapt_backend(library_of_backend(), "x");
  const SmallGraph graph({"one", "two"});
  return plugin_error([&] { backend->create_model({}, graph.get(), {}); });
}

TEST(BackendSupports, IsAskedInThePlaceOfTheFactorys) {
  EXPECT_EQ(refusal_with({sizeof(glk_supports), 0, &denies_all}),
            "layer 'layer 0': backend 'x' can't run the operation 'one' (and 1 more of the model's operations)");
  EXPECT_THAT(refusal_with({sizeof(glk_supports), 0, nullptr}), StartsWith("backend 'x': failed without a message"))
      << "not offered: the factory's, which takes all";
  EXPECT_THAT(refusal_with({offsetof(glk_supports, supports), 0, &denies_all}),
              StartsWith("backend 'x': failed without a message"));
}

TEST(BackendSupports, MayFailAndSayWhy) {
  EXPECT_EQ(refusal_with({sizeof(glk_supports), 0, &fails}), "backend 'x': no device 3");
}

// What the backend says to a graph whose second operation gives int8.
std::string refusal_of_int8(const glk_element_types* types) {
  extension = nullptr;
  element_types = types;
  const auto backend = adapt_backend(library_of_backend(), "x");
  element_types = nullptr;
  SmallGraph graph({"one", "two"});
  graph.set_type(2, GLK_INT8);
  return plugin_error([&] { backend->create_model({}, graph.get(), {}); });
}

TEST(BackendElementTypes, AreThoseOfTheFirstReleaseWhereNothingIsSaid) {
  EXPECT_EQ(refusal_of_int8(nullptr),
            "layer 'layer 1': backend 'x' doesn't take values of type int8, which the operation 'two' has");
  for (const char* name : {"frozen_backend_c", "frozen_backend_cpp"}) {
    SmallGraph graph({"frozen"});
    graph.set_type(0, GLK_BOOL);
    Registry registry({library_folder()});
    EXPECT_EQ(plugin_error([&] { registry.backend(name).create_model({}, graph.get(), {}); }),
              "layer 'layer 0': backend '" + std::string(name) +
                  "' doesn't take values of type bool, which the operation 'frozen' has");
  }
}

TEST(BackendElementTypes, AreThoseThatTheLibraryStates) {
  const std::int32_t some[] = {GLK_FLOAT32, GLK_INT8};
  const glk_element_types with_int8 = {sizeof(glk_element_types), 0, some, 2};
  EXPECT_THAT(refusal_of_int8(&with_int8), StartsWith("backend 'x': failed without a message"));
  const glk_element_types float32_alone = {sizeof(glk_element_types), 0, some, 1};
  EXPECT_THAT(refusal_of_int8(&float32_alone), HasSubstr("doesn't take values of type int8"));
}

TEST(BackendSupports, KnowsTheOptions) {
  Registry registry({library_folder()});
  const SmallGraph graph({"double", "halve"});
  const BackendPlugin& doubling = registry.backend("doubling");
  EXPECT_THAT(plugin_error([&] { doubling.create_model({}, graph.get(), {}); }), HasSubstr("operation 'halve'"));
  EXPECT_NO_THROW(doubling.create_model({{"also", std::string("halve")}}, graph.get(), {}));
}

// ---- numbers that this host doesn't know

TEST(UnknownNumbers, WidthsAndTypesOfOptionsAreSkipped) {
  Registry registry({library_folder()});
  EXPECT_THAT(registry.quantizer("later_width").widths, ElementsAre(8));
  EXPECT_THAT(registry.quantizer("later_option").options, IsEmpty());
  EXPECT_EQ(registry.quantizer("later_option").create({})->begin({})->quantize(8).form, weights::Kind::none);
}

TEST(UnknownNumbers, AFormLeavesTheTensorAsItIsAndSaysSo) {
  Registry registry({library_folder()});
  const TensorToQuantize tensor;
  const auto quantizer = registry.quantizer("misbehaving").create({{"fault", std::string("unknown_form")}});
  const QuantizedTensor result = quantizer->begin(tensor.weights())->quantize(4);
  EXPECT_EQ(result.form, weights::Kind::none);
  EXPECT_EQ(result.note, "left as it is: the function's result has the form 77, which this program can't store");
}

}  // namespace
}  // namespace goldilocks::plugins
