// Graphs of several element types: kernels are found by type, casts are operations, and what follows from shapes and
// constants alone is known before anything runs.
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <goldilocks/graph/plain.hpp>

#include "core/graph/graph_builder.hpp"

namespace goldilocks::graph {
namespace {

using lowering::GraphBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Element>
OwnedTensor tensor_of(std::int32_t type, Dims dims, const std::vector<Element>& elements) {
  OwnedTensor tensor = OwnedTensor::zeros(type, std::move(dims));
  std::memcpy(tensor.memory.data(), elements.data(), elements.size() * sizeof(Element));
  return tensor;
}

template <class Element>
std::vector<Element> elements_of(const TensorView& tensor) {
  const auto elements = tensor.elements<Element>();
  return {elements.begin(), elements.end()};
}

// A graph of one operation on these inputs.
class Single {
 public:
  Single(const std::string& type, const std::vector<OwnedTensor>& inputs, std::int32_t result,
         lowering::Attributes attributes = {}) {
    std::vector<std::uint32_t> values;
    for (const OwnedTensor& input : inputs) {
      values.push_back(builder_.add_input(builder_.derived_name("x"), input.dims, input.type));
      views_.push_back(input.view());
    }
    output_ = builder_.add_operation(type, "one", values, std::move(attributes), {"y"}, {result})[0];
    model_ = std::make_unique<PlainModel>(builder_.graph());
    session_ = std::make_unique<PlainSession>(*model_, std::vector<std::uint32_t>{output_});
    session_->run(views_);
  }

  TensorView result() const { return session_->output(0); }

 private:
  GraphBuilder builder_;
  std::vector<TensorView> views_;
  std::uint32_t output_ = 0;
  std::unique_ptr<PlainModel> model_;
  std::unique_ptr<PlainSession> session_;
};

OwnedTensor ints(const std::vector<std::int32_t>& numbers) {
  return tensor_of(GLK_INT32, {static_cast<std::int64_t>(numbers.size())}, numbers);
}

TEST(TypedValues, IntegersAreExactBeyondFloat32) {
  const Single sum("add", {ints({16777217, -5}), ints({2, 3})}, GLK_INT32);
  EXPECT_THAT(elements_of<std::int32_t>(sum.result()), ElementsAre(16777219, -2));
  const Single quotient("floor_divide", {ints({-7, 7}), ints({2, 2})}, GLK_INT32);
  EXPECT_THAT(elements_of<std::int32_t>(quotient.result()), ElementsAre(-4, 3));
}

TEST(TypedValues, ComparisonsGiveTruthValuesThatChoose) {
  const Single mask("less", {ints({1, 5}), ints({3, 3})}, GLK_BOOL);
  EXPECT_THAT(elements_of<std::uint8_t>(mask.result()), ElementsAre(1, 0));
  const Single chosen("where", {tensor_of<std::uint8_t>(GLK_BOOL, {2}, {1, 0}), ints({7, 8}), ints({9, 10})},
                      GLK_INT32);
  EXPECT_THAT(elements_of<std::int32_t>(chosen.result()), ElementsAre(7, 10));
}

TEST(TypedValues, EveryTypeMoves) {
  const Single moved("transpose", {tensor_of<std::int8_t>(GLK_INT8, {2, 2}, {1, -2, 3, 4})}, GLK_INT8,
                     {{"axes", std::vector<std::int64_t>{1, 0}}});
  EXPECT_THAT(elements_of<std::int8_t>(moved.result()), ElementsAre(1, 3, -2, 4));
  const Single joined(
      "concat", {tensor_of<std::uint16_t>(GLK_UINT16, {1}, {65535}), tensor_of<std::uint16_t>(GLK_UINT16, {1}, {1})},
      GLK_UINT16, {{"axis", std::int64_t{0}}});
  EXPECT_THAT(elements_of<std::uint16_t>(joined.result()), ElementsAre(65535, 1));
}

TEST(TypedValues, CastsCutFractionsAndKeepToTheRange) {
  const OwnedTensor numbers = tensor_of<float>(GLK_FLOAT32, {5}, {-3.6F, 4.5F, 300.0F, -1.0F, 0.0F});
  EXPECT_THAT(elements_of<std::int32_t>(Single("cast", {numbers}, GLK_INT32).result()), ElementsAre(-3, 4, 300, -1, 0));
  EXPECT_THAT(elements_of<std::uint8_t>(Single("cast", {numbers}, GLK_UINT8).result()), ElementsAre(0, 4, 255, 0, 0));
  EXPECT_THAT(elements_of<std::uint8_t>(Single("cast", {numbers}, GLK_BOOL).result()), ElementsAre(1, 1, 1, 1, 0));
}

TEST(TypedValues, HalvesAreComputedInFloat32AndRounded) {
  // 1 + 2^-11 lies between two halves, of which 1 is even.
  const OwnedTensor one = tensor_of<std::uint16_t>(GLK_FLOAT16, {1}, {half_from_float(1.0F)});
  const OwnedTensor small = tensor_of<std::uint16_t>(GLK_FLOAT16, {1}, {half_from_float(0x1p-11F)});
  const Single sum("add", {one, small}, GLK_FLOAT16);
  EXPECT_EQ(float_from_half(elements_of<std::uint16_t>(sum.result())[0]), 1.0F);
}

TEST(TypedValues, RoundingToHalvesAgreesWithTheConversionThere) {
  std::vector<float> numbers;
  for (std::uint32_t bits = 0; bits < 0xFFFFFFFFU - 9973; bits += 9973) {
    float number = 0;
    std::memcpy(&number, &bits, sizeof(number));
    numbers.push_back(number);
  }
  const Single rounded("round_to_half", {tensor_of(GLK_FLOAT32, {std::ssize(numbers)}, numbers)}, GLK_FLOAT32);
  const auto results = rounded.result().values;
  for (std::size_t index = 0; index < numbers.size(); ++index) {
    const float expected = rounded_to_half(numbers[index]);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(results[index])) << numbers[index];
    } else {
      ASSERT_EQ(results[index], expected) << numbers[index];
    }
  }
}

TEST(TypedValues, KernelsThatTakeNoneOfTheTypesSayWhich) {
  try {
    const Single wrong("add", {ints({1}), tensor_of<float>(GLK_FLOAT32, {1}, {1})}, GLK_INT32);
    FAIL();
  } catch (const GraphError& error) {
    EXPECT_THAT(error.what(), HasSubstr("layer 'one' (add): no kernel takes these types: int32, float32 to int32"));
  }
}

// x [-1, 4] -> its shape, reversed, as the shape of x.
TEST(TypedValues, ShapesThatFollowFromShapesNeedNoInterpreter) {
  GraphBuilder builder;
  const std::uint32_t x = builder.add_input("x", {-1, 4});
  const std::uint32_t shape = builder.add_operation("shape", "s", {x}, {}, {"shape"}, {GLK_INT32})[0];
  const std::uint32_t turned = builder.add_operation(
      "slice", "t", {shape}, {{"axes", Dims{0}}, {"begin", Dims{-1}}, {"end", Dims{-3}}, {"strides", Dims{-1}}},
      {"turned"}, {GLK_INT32})[0];
  const std::uint32_t y = builder.add_operation("dynamic_reshape", "r", {x, turned}, {}, {"y"})[0];
  EXPECT_FALSE(needs_interpreter(GraphView(builder.graph())));
  const PlainModel model(builder.graph());
  PlainSession session(model, std::vector<std::uint32_t>{y, turned});
  for (const std::int64_t rows : {2, 3}) {
    const std::vector<float> values(static_cast<std::size_t>(4 * rows), 1.0F);
    const Dims dims = {rows, 4};
    session.run(std::vector<TensorView>{{dims, values}});
    EXPECT_THAT(session.output(0).dims, ElementsAre(4, rows));
    EXPECT_THAT(elements_of<std::int32_t>(session.output(1)), ElementsAre(4, static_cast<std::int32_t>(rows)));
  }
}

TEST(TypedValues, InputsOfAnotherTypeAreRefused) {
  GraphBuilder builder;
  const std::uint32_t x = builder.add_input("x", {1}, GLK_INT32);
  const std::uint32_t y = builder.add_operation("cast", "c", {x}, {}, {"y"})[0];
  const PlainModel model(builder.graph());
  PlainSession session(model, std::vector<std::uint32_t>{y});
  const Dims dims = {1};
  const std::vector<float> values = {1};
  EXPECT_THROW(session.run(std::vector<TensorView>{{dims, values}}), GraphError);
}

}  // namespace
}  // namespace goldilocks::graph
