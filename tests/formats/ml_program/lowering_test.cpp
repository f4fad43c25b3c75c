// Programs as graphs: what the graph holds, and what comes out of it.
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <goldilocks/graph/plain.hpp>

#include "core/base/error.hpp"
#include "core/formats/ml_program/lowering/lowered_program.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"
#include "core/formats/ml_program/operations/table.hpp"
#include "tests/formats/ml_program/program_text.hpp"

namespace goldilocks::ml_program::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> operations_of(const glk_graph& graph) {
  std::vector<std::string> types;
  for (std::uint64_t index = 0; index < graph.operation_count; ++index) {
    types.emplace_back(graph.operations[index]->type);
  }
  return types;
}

std::vector<float> run(LoweredProgram& lowered, const std::vector<std::vector<float>>& inputs) {
  const graph::PlainModel model(lowered.graph.graph());
  graph::PlainSession session(model, std::vector<std::uint32_t>{lowered.outputs.at(0).value});
  std::vector<graph::TensorView> views;
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    views.push_back({lowered.graph.dims(lowered.inputs[index].value), inputs[index]});
  }
  session.run(views);
  const graph::TensorView result = session.output(0);
  return {result.values.begin(), result.values.end()};
}

// reshape(x, concat(shape(x)[0] * 3, 2)): sizes that are computed in int32.
ProgramText with_shape_arithmetic() {
  return program("CoreML5", {{"x", fp32({2, 3})}})
      .op("shape", {{"x", "x"}}, "sizes", int32({2}))
      .op("gather", {{"x", "sizes"}, {"indices", integer(0)}, {"axis", integer(0)}}, "rows", int32())
      .op("mul", {{"x", "rows"}, {"y", integer(1)}}, "product", int32())
      .op("expand_dims", {{"x", "product"}, {"axes", integers({0})}}, "list", int32({1}))
      .op("concat", {{"values", std::vector<Input::One>{std::string("list"), integers({3, 1})}}, {"axis", integer(0)}},
          "shape", int32({3}))
      .op("reshape", {{"x", "x"}, {"shape", "shape"}}, "y", fp32({2, 3, 1}))
      .outputs({"y"});
}

TEST(LowerFunction, ComputesSizesBeforeAnythingRuns) {
  const ProgramText text = with_shape_arithmetic();
  const auto lowered = lower_function(text.program(), "main", {});
  EXPECT_THAT(operations_of(lowered->graph.graph()), ElementsAre("reshape"));
  EXPECT_THAT(run(*lowered, {{1, 2, 3, 4, 5, 6}}), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(LowerFunction, RoundsToHalvesWhereThePrecisionSaysSo) {
  const ProgramText text = program("CoreML6", {{"x", fp16({1})}})
                               .op("exp", {{"x", "x"}}, "y", fp16({1}))
                               .op("cast", {{"x", "y"}, {"dtype", word("fp32")}}, "z", fp32({1}))
                               .outputs({"z"});
  LoweringOptions options;
  EXPECT_THAT(run(*lower_function(text.program(), "main", options), {{1}}), ElementsAre(2.71828183F));
  options.precision = Precision::as_typed;
  EXPECT_THAT(run(*lower_function(text.program(), "main", options), {{1}}), ElementsAre(2.71875F));
}

TEST(LowerFunction, NamesWhatCantBeRunWithItsPlace) {
  const ProgramText text =
      program("CoreML5", {{"x", fp32({unknown})}}).op("relu", {{"x", "x"}}, "y", fp32({unknown})).outputs({"y"});
  try {
    lower_function(text.program(), "main", {});
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), HasSubstr("input 'x' is fp32[?]: its sizes have to be said"));
  }
  LoweringOptions options;
  options.sizes["x"] = {3};
  EXPECT_THAT(run(*lower_function(text.program(), "main", options), {{-1, 0, 2}}), ElementsAre(0, 0, 2));
}

std::string refusal_of(const ProgramText& text) {
  try {
    lower_function(text.program(), "main", {});
    return "";
  } catch (const ModelError& error) {
    return error.what();
  }
}

// What reads the result of a refused operation has nothing wrong with it.
TEST(LowerFunction, NamesAllThatCantBeRunAtOnce) {
  const auto custom = [](const char* reads, const char* gives) {
    return operation("custom_layer", {{"x", reads}}, {{gives, fp32({3})}});
  };
  ProgramText one = program("CoreML5", {{"x", fp32({3})}});
  one.op(custom("x", "a")).op("relu", {{"x", "a"}}, "b", fp32({3})).outputs({"b"});
  EXPECT_EQ(refusal_of(one), "function 'main': operation 'a' (custom_layer): can't be run");

  Block yes;
  yes.operations.push_back(custom("c", "inside"));
  yes.operations.push_back(operation("relu", {{"x", "inside"}}, {{"behind", fp32({3})}}));
  yes.outputs = {"behind"};
  Block no;
  no.outputs = {"c"};
  ProgramText several = program("CoreML5", {{"x", fp32({3})}, {"p", boolean()}});
  several.op(custom("x", "a"))
      .op("relu", {{"x", "a"}}, "b", fp32({3}))
      .op("relu", {{"x", "x"}}, "c", fp32({3}))
      .op(operation("cond", {{"pred", "p"}}, {{"d", fp32({3})}}, {yes, no}))
      .op("relu", {{"x", "d"}}, "e", fp32({3}))
      .op(custom("c", "f"))
      .outputs({"b", "e", "f"});
  EXPECT_EQ(refusal_of(several),
            "function 'main': 3 operations can't be run:\n"
            "  operation 'a' (custom_layer): can't be run\n"
            "  operation 'inside' (custom_layer): can't be run\n"
            "  operation 'f' (custom_layer): can't be run");

  ProgramText many = program("CoreML5", {{"x", fp32({3})}});
  std::vector<std::string> names;
  for (int i = 0; i < 23; ++i) names.push_back("c" + std::to_string(i));
  for (const std::string& name : names) many.op(custom("x", name.c_str()));
  many.outputs({"c0"});
  EXPECT_THAT(refusal_of(many), HasSubstr("operation 'c19' (custom_layer): can't be run\n  and 3 more"));
}

// Constants and the operations that make them dense are read, not run; custom layers are their authors'.
TEST(Lowerings, HaveEveryOperationOfTheLanguage) {
  std::set<std::string_view> missing;
  for (const OperationRow& row : all_operations()) {
    const bool constant = row.name == "const" || row.name.starts_with("constexpr_");
    if (!constant && row.name != "custom_layer" && find_lowering(row.name) == nullptr) missing.insert(row.name);
  }
  EXPECT_TRUE(missing.empty()) << ::testing::PrintToString(missing);
}

}  // namespace
}  // namespace goldilocks::ml_program::testing
