// Backends that were built against the frozen headers, run by today's host; and structs that are larger or smaller than
// the other side's.
#include <array>
#include <cstddef>
#include <cstring>

#include "core/plugins/backend_adapter.hpp"
#include "core/plugins/plugin_library.hpp"
#include "tests/plugins/library_folder.hpp"
#include "tests/plugins/small_graph.hpp"

namespace goldilocks::plugins {
namespace {

using ::testing::ElementsAre;

class FrozenBackend : public ::testing::TestWithParam<std::string> {
 protected:
  const BackendPlugin& plugin() {
    static Registry registry({library_folder()});
    return registry.backend(GetParam());
  }
};

INSTANTIATE_TEST_SUITE_P(V1, FrozenBackend, ::testing::Values("frozen_backend_c", "frozen_backend_cpp"),
                         [](const auto& parameter) { return parameter.param; });

TEST_P(FrozenBackend, Runs) {
  const SmallGraph graph({"frozen", "frozen"});
  const auto model = plugin().create_model({{"factor", std::int64_t{3}}}, graph.get(), {});
  const std::vector<std::uint32_t> wanted = {1, 2};
  const auto session = model->create_session(wanted);
  const InputTensor input({2, 2}, {1, 2, 3, 4});
  const std::vector<const glk_tensor*> inputs = {input.get()};
  for (int run = 0; run < 2; ++run) {
    const std::vector<Tensor>& results = session->run(inputs);
    ASSERT_EQ(results.size(), 2U);
    EXPECT_THAT(results[1].dims, ElementsAre(2, 2));
    EXPECT_THAT(results[1].values, ElementsAre(3, 6, 9, 12));
  }
}

TEST_P(FrozenBackend, ReportsErrors) {
  const SmallGraph graph({"frozen"});
  EXPECT_EQ(plugin_error([&] {
              plugin().create_model({{"factor", std::int64_t{9}}}, graph.get(), {});
            }),
            "backend '" + GetParam() + "': a factor of 9");
  const SmallGraph other({"frozen", "thawed"});
  EXPECT_EQ(plugin_error([&] { plugin().create_model({}, other.get(), {}); }),
            "layer 'layer 1': backend '" + GetParam() + "' can't run the operation 'thawed'");
}

// A graph with an attribute of each type, a constant, and results of text and float64.
TEST(FrozenBackendInC, IsToldAllAboutTheGraph) {
  const std::array<std::int64_t, 1> two = {2};
  const std::array<std::int64_t, 1> open = {-1};
  const std::array<float, 2> content = {1, 2};
  const auto value = [](std::int32_t type, const char* name, const std::array<std::int64_t, 1>& dims,
                        const void* data = nullptr) {
    return glk_value{sizeof(glk_value), type, name, 1, dims.data(), data};
  };
  const std::array<glk_value, 4> values = {value(GLK_FLOAT32, "x", two), value(GLK_FLOAT32, "w", two, content.data()),
                                           value(GLK_STRING, "told", open), value(GLK_FLOAT64, "y", open)};
  const std::array<const glk_value*, 4> value_list = {&values[0], &values[1], &values[2], &values[3]};
  const std::array<std::int64_t, 2> integers = {5, 6};
  const std::array<double, 3> numbers = {0.5, 1, 2};
  std::array<glk_attribute, 5> attributes{};
  std::array<const glk_attribute*, 5> attribute_list{};
  const std::array<const char*, 5> names = {"a", "b", "c", "d", "e"};
  for (std::size_t index = 0; index < attributes.size(); ++index) {
    attributes[index].struct_size = sizeof(glk_attribute);
    attributes[index].type = static_cast<std::int32_t>(index) + GLK_ATTRIBUTE_INTEGER;
    attributes[index].name = names[index];
    attribute_list[index] = &attributes[index];
  }
  attributes[0].integer = 7;
  attributes[1].number = 1.5;
  attributes[2].string = "text";
  attributes[3].integers = integers.data();
  attributes[3].count = integers.size();
  attributes[4].numbers = numbers.data();
  attributes[4].count = numbers.size();
  const std::array<std::uint32_t, 3> inputs = {0, 1, GLK_NO_VALUE};
  const std::array<std::uint32_t, 2> outputs = {2, 3};
  glk_operation operation{};
  operation.struct_size = sizeof(operation);
  operation.type = "frozen";
  operation.layer = "first";
  operation.inputs = inputs.data();
  operation.input_count = inputs.size();
  operation.outputs = outputs.data();
  operation.output_count = outputs.size();
  operation.attributes = attribute_list.data();
  operation.attribute_count = attribute_list.size();
  const glk_operation* const operations[] = {&operation};
  const glk_graph graph = {sizeof(glk_graph), 0, value_list.data(), value_list.size(), operations, 1,
                           inputs.data(),     1, outputs.data(),    outputs.size()};

  Registry registry({library_folder()});
  const auto model = registry.backend("frozen_backend_c").create_model({}, graph, "/m.mlmodel");
  const auto session = model->create_session(outputs);
  const InputTensor input({2}, {1, 2});
  const std::vector<const glk_tensor*> given = {input.get()};
  const std::vector<Tensor>& results = session->run(given);
  ASSERT_EQ(results.size(), 2U);
  EXPECT_THAT(
      results[0].texts,
      ElementsAre("4 values 1 inputs 2 outputs; frozen of first, 3 to 2, 0 subgraphs; a=7 b=1.5 c=text d=5 of 2 "
                  "e=0.5 of 3; x type 1 rank 1; w type 1 rank 1 constant; told type 6 rank 1; y type 3 rank 1; "
                  "/m.mlmodel"));
  EXPECT_EQ(results[1].type, GLK_FLOAT64);
  ASSERT_EQ(results[1].bytes.size(), 2 * sizeof(double));
  std::array<double, 2> doubles{};
  std::memcpy(doubles.data(), results[1].bytes.data(), sizeof(doubles));
  EXPECT_THAT(doubles, ElementsAre(2, 4));
}

// ---- a factory that knows more or less than this host

const glk_backend_factory* offered_backend = nullptr;

std::unique_ptr<BackendPlugin> adapt(const glk_backend_factory& factory) {
  offered_backend = &factory;
  PluginLibrary library;
  library.file = "/plugins/goldilocks-backend-x.so";
  library.get_factory = [](const char* id) -> const void* {
    return std::strcmp(id, GLK_BACKEND_ID) == 0 ? offered_backend : nullptr;
  };
  return adapt_backend(library, "x");
}

struct LaterFactory {
  glk_backend_factory known{};
  std::array<std::uint64_t, 8> unknown{};
};

LaterFactory later_factory() {
  LaterFactory factory;
  factory.unknown.fill(0xDEADBEEFDEADBEEF);
  glk_backend_factory& known = factory.known;
  known.struct_size = sizeof(factory);
  known.name = "x";
  known.summary = "grows";
  known.create_model = [](const glk_host*, const glk_options*, const glk_graph*, const char*, glk_model** model,
                          glk_error*) {
    static char object;
    *model = reinterpret_cast<glk_model*>(&object);
    return GLK_OK;
  };
  known.create_session = [](glk_model* model, const std::uint32_t*, std::uint64_t, glk_session** session, glk_error*) {
    *session = reinterpret_cast<glk_session*>(model);
    return GLK_OK;
  };
  known.run = [](glk_session*, const glk_tensor* const*, std::uint64_t, const glk_outputs* outputs, glk_error*) {
    const std::int64_t dims[] = {2, 2};
    void* buffer = outputs->output(outputs->context, 0, GLK_FLOAT32, 2, dims);
    std::memset(buffer, 0, 4 * sizeof(float));
    return GLK_OK;
  };
  return factory;
}

TEST(BackendStructSizes, AFactoryMayKnowMoreOrLess) {
  LaterFactory factory = later_factory();
  const SmallGraph graph({"any"});
  const std::vector<std::uint32_t> wanted = {1};
  const InputTensor input({2, 2}, {1, 2, 3, 4});
  const std::vector<const glk_tensor*> inputs = {input.get()};
  const auto run = [&] {
    const auto plugin = adapt(factory.known);
    const auto model = plugin->create_model({}, graph.get(), {});
    EXPECT_THAT(model->create_session(wanted)->run(inputs).at(0).values, ElementsAre(0, 0, 0, 0));
  };
  run();
  // Cut off in its last member, which is needed: then it isn't there.
  factory.known.struct_size = offsetof(glk_backend_factory, run) + 4;
  EXPECT_NE(plugin_error(run), "");
}

}  // namespace
}  // namespace goldilocks::plugins
