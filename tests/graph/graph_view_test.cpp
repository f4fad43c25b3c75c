// What the kit accepts as a graph: it comes from another library, so it is checked before it is used.
#include <gmock/gmock.h>
#include <goldilocks/graph/graph.hpp>
#include <goldilocks/graph/plain.hpp>

#include "tests/graph/operation_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;

// x -> relu -> y, in structs that a test can spoil.
struct SmallGraph {
  std::int64_t dims[1] = {2};
  glk_value x{sizeof(glk_value), GLK_FLOAT32, "x", 1, dims, nullptr};
  glk_value y{sizeof(glk_value), GLK_FLOAT32, "y", 1, dims, nullptr};
  const glk_value* values[2] = {&x, &y};
  std::uint32_t in[1] = {0};
  std::uint32_t out[1] = {1};
  glk_attribute attribute{sizeof(glk_attribute), GLK_ATTRIBUTE_INTEGER, "note", 7, 0, nullptr, nullptr, nullptr, 0};
  const glk_attribute* attributes[1] = {&attribute};
  glk_operation relu{sizeof(glk_operation), 0, "relu", "act", in, 1, out, 1, attributes, 1, nullptr, 0};
  const glk_operation* operations[1] = {&relu};
  glk_graph graph{sizeof(glk_graph), 0, values, 2, operations, 1, in, 1, out, 1};
};

std::string problem_with(const SmallGraph& small) {
  try {
    const graph::GraphView view(small.graph);
  } catch (const graph::GraphError& error) {
    return error.what();
  }
  return "";
}

TEST(GraphView, ShowsWhatIsThere) {
  const SmallGraph small;
  const graph::GraphView view(small.graph);
  EXPECT_EQ(view.value(0).name(), "x");
  EXPECT_FALSE(view.value(0).is_constant());
  EXPECT_EQ(view.operation(0).type(), "relu");
  EXPECT_EQ(view.operation(0).integer("note"), 7);
  EXPECT_EQ(view.operation(0).number("note"), 7.0);
  EXPECT_EQ(view.operation(0).integer("none", 3), 3);
  EXPECT_EQ(view.operation(0).text("none", "fallback"), "fallback");
  EXPECT_THROW(view.operation(0).text("note"), graph::GraphError);
  EXPECT_THROW(view.operation(0).integers("note"), graph::GraphError);
}

TEST(GraphView, RefusesMalformedGraphs) {
  const auto spoilt = [](const auto& spoil) {
    SmallGraph small;
    spoil(small);
    return problem_with(small);
  };
  EXPECT_EQ(spoilt([](SmallGraph&) {}), "");
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.graph.struct_size = 16; }), HasSubstr("too short"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.x.struct_size = 8; }), HasSubstr("values"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.values[1] = nullptr; }), HasSubstr("values"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.graph.values = nullptr; }), HasSubstr("values"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.relu.struct_size = 8; }), HasSubstr("operations"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.relu.type = nullptr; }), HasSubstr("incomplete"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.attributes[0] = nullptr; }), HasSubstr("attributes"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.attribute.name = nullptr; }), HasSubstr("no name"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.attribute.type = GLK_ATTRIBUTE_STRING; }), HasSubstr("no content"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.dims[0] = 0; }), HasSubstr("empty dimension"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.x.dims = nullptr; }), HasSubstr("no dimensions"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.graph.input_count = 0; }), HasSubstr("reads 'x' before"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.relu.inputs = g.out; }), HasSubstr("reads 'y' before"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.relu.outputs = g.in; }), HasSubstr("'x' is given twice"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.out[0] = 2; }), HasSubstr("beyond its values"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.graph.operation_count = 0; }), HasSubstr("given by nothing"));
  EXPECT_THAT(spoilt([](SmallGraph& g) { g.graph.outputs = nullptr; }), HasSubstr("no list of inputs or outputs"));
}

TEST(GraphView, SizesAreCountedWithoutOverflow) {
  EXPECT_EQ(graph::element_count(Dims{}), 1);
  EXPECT_EQ(graph::element_count(Dims{3, 0, 5}), 0);
  EXPECT_EQ(graph::element_count(Dims{1LL << 31, 2}), 1LL << 32);
  EXPECT_THROW(graph::element_count(Dims{1LL << 31, 3}), graph::GraphError);
  EXPECT_THROW(graph::element_count(Dims{1LL << 62, 1LL << 62, 1LL << 62}), graph::GraphError);
  EXPECT_THROW(graph::element_count(Dims{2, -1}), graph::GraphError);
}

TEST(PlainModel, RefusesOperationsAndTypesThatItDoesNotKnow) {
  SmallGraph small;
  small.relu.type = "no_such_thing";
  EXPECT_THROW(graph::PlainModel{small.graph}, graph::GraphError);
  EXPECT_FALSE(graph::is_supported(small.graph, graph::OperationView(small.relu)));
  small.relu.type = "relu";
  EXPECT_TRUE(graph::is_supported(small.graph, graph::OperationView(small.relu)));
  small.x.type = GLK_INT32;  // and float32 comes out
  EXPECT_THROW(graph::PlainModel{small.graph}, graph::GraphError);
  EXPECT_FALSE(graph::is_supported(small.graph, graph::OperationView(small.relu)));
}

TEST(ViewOfTensor, TakesEveryTypeThatThereIs) {
  const std::int64_t dims[1] = {2};
  const float values[2] = {1, 2};
  glk_tensor tensor{sizeof(glk_tensor), GLK_FLOAT32, 1, dims, values};
  EXPECT_EQ(graph::view_of(tensor).values.size(), 2U);
  tensor.type = GLK_INT32;
  EXPECT_EQ(graph::view_of(tensor).size(), 2U);
  tensor.type = 99;
  EXPECT_THROW(graph::view_of(tensor), graph::GraphError);
  tensor.type = GLK_FLOAT32;
  tensor.data = nullptr;
  EXPECT_THROW(graph::view_of(tensor), graph::GraphError);
}

}  // namespace
}  // namespace goldilocks::testing
