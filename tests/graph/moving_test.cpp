// What the operations that move values say of shapes: while sizes are open, and where shapes come as values.
#include <gmock/gmock.h>
#include <goldilocks/graph/plain.hpp>

#include "tests/graph/operation_runner.hpp"

namespace goldilocks::testing {
namespace {

using lowering::GraphBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The shape that the operation's first output has as it is added to a graph with inputs of these sizes (-1: open).
Dims stated_shape(const std::string& type, const std::vector<Dims>& inputs, const Attributes& attributes = {}) {
  GraphBuilder builder;
  std::vector<std::uint32_t> values;
  for (const Dims& dims : inputs) values.push_back(builder.add_input("x" + std::to_string(values.size()), dims));
  return builder.dims(builder.add_operation(type, "layer", values, attributes, {"y"})[0]);
}

TEST(OpenShapes, OfReshapesKeepWhatIsCopied) {
  const Attributes squeezed = {{"shape", ints({0, 0})}, {"source", ints({0, 2})}};
  EXPECT_THAT(stated_shape("reshape", {{-1, 1, 5}}, squeezed), ElementsAre(-1, 5));
  EXPECT_THAT(stated_shape("reshape", {{-1}}, {{"shape", ints({-1, 13})}}), ElementsAre(-1, 13))
      << "a size that only the shape asks for";
  EXPECT_THAT(stated_shape("reshape_like", {{-1}, {2, -1}}), ElementsAre(2, -1));
  EXPECT_THAT(stated_shape("dynamic_reshape", {{4, 6}, {3}}), ElementsAre(-1, -1, -1));
  EXPECT_THROW(stated_shape("dynamic_reshape", {{4, 6}, {-1}}), graph::GraphError) << "the rank must be known";
  EXPECT_THAT(stated_shape("shape", {{-1, 4, -1}}), ElementsAre(3));
}

TEST(OpenShapes, OfPartsKeepWhatIsNotCut) {
  const Attributes middle = {{"axes", ints({1})}};
  EXPECT_THAT(stated_shape("dynamic_slice", {{4, 6, 2}, {1}, {1}}, middle), ElementsAre(4, -1, 2));
  const Attributes two = {{"axes", ints({1})}, {"sizes", ints({2})}};
  EXPECT_THAT(stated_shape("dynamic_slice", {{-1, 6, 2}, {1}}, two), ElementsAre(-1, 2, 2));
  EXPECT_THAT(stated_shape("slice", {{2, 9, 9}, {5, -1, 3}}, {{"axes", ints({1, 2})}, {"begin", ints({0, 6})}}),
              ElementsAre(2, -1, 3));
  EXPECT_THAT(stated_shape("sliding_windows", {{-1, 3}},
                           {{"axis", std::int64_t{0}}, {"size", std::int64_t{2}}, {"step", std::int64_t{1}}}),
              ElementsAre(-1, 2, 3));
  GraphBuilder builder;
  const std::uint32_t x = builder.add_input("x", {2, -1});
  const auto halves = builder.add_operation("split", "layer", {x}, {{"axis", std::int64_t{1}}}, {"a", "b"});
  EXPECT_THAT(builder.dims(halves[1]), ElementsAre(2, -1));
}

TEST(OpenShapes, OfWhatRepeatsAndGathers) {
  EXPECT_THAT(stated_shape("tile", {{-1, 3}}, {{"repetitions", ints({2, 2})}}), ElementsAre(-1, 6));
  EXPECT_THAT(stated_shape("dynamic_tile", {{5, 3}, {1}}), ElementsAre(5, -1));
  EXPECT_THAT(stated_shape("broadcast_like", {{1}, {-1, 4}}), ElementsAre(-1, 4));
  EXPECT_THAT(stated_shape("gather", {{4, -1}, {7, 2}}, {{"axis", std::int64_t{0}}}), ElementsAre(7, 2, -1));
  EXPECT_THAT(stated_shape("gather_nd", {{4, -1, 3}, {-1, 1}}), ElementsAre(-1, -1, 3));
  EXPECT_THAT(stated_shape("non_zero", {{4, 3}}), ElementsAre(-1, 2));
  GraphBuilder builder;
  const std::vector<std::uint32_t> inputs = {builder.add_input("x", {4, 3}), builder.add_input("k", {1})};
  const auto top = builder.add_operation("dynamic_top_k", "layer", inputs, {{"axis", std::int64_t{1}}}, {"a", "b"});
  EXPECT_THAT(builder.dims(top[1]), ElementsAre(4, -1));
}

// x of unknown length, twice as long, in rows of two: shapes are found as it runs.
TEST(ShapesFromValues, AreFoundAsTheGraphRuns) {
  GraphBuilder builder;
  const std::uint32_t x = builder.add_input("x", {-1});
  const auto add = [&](const std::string& type, std::vector<std::uint32_t> inputs, const Attributes& attributes = {}) {
    return builder.add_operation(type, type, std::move(inputs), attributes, {type})[0];
  };
  const std::uint32_t twice = add("tile", {x}, {{"repetitions", ints({2})}});
  const std::uint32_t two = builder.add_constant("two", {1}, {2});
  const std::uint32_t shape = add("concat", {add("shape", {x}), two}, {{"axis", std::int64_t{0}}});
  const std::uint32_t y = add("dynamic_reshape", {twice, shape});
  builder.add_output(y);
  const graph::PlainModel model(builder.graph());
  graph::PlainSession session(model, std::vector{y});
  for (const std::int64_t length : {3, 1, 4}) {
    const TestTensor input = counting({length});
    session.run(std::vector<graph::TensorView>{{input.dims, input.values}});
    EXPECT_THAT(session.output(0).dims, ElementsAre(length, 2));
  }
}

TEST(DynamicSlice, MustSayWhereItEnds) {
  const TestTensor x = counting({5}), begin{{1}, {1}};
  EXPECT_THAT(problem_of("dynamic_slice", {x, begin}), HasSubstr("neither sizes nor end say where it ends"));
  EXPECT_THAT(problem_of("dynamic_slice", {x, begin, {{2}, {1, 2}}}), HasSubstr("end has 2 values for 1 axes"));
  EXPECT_EQ(run_one("dynamic_slice", {x, begin, absent(), absent(), absent(), {{1}, {1}}}).values,
            (std::vector<float>{2, 3, 4, 5}));
}

}  // namespace
}  // namespace goldilocks::testing
