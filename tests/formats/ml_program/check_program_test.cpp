// What the walk over a program finds: names and scopes, parameters, types, shapes, nested blocks.
#include <algorithm>
#include <cstdint>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/ml_program/operations/table.hpp"
#include "tests/formats/ml_program/program_text.hpp"

namespace goldilocks::ml_program {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace ml_program::testing;

// One operation on x: fp32[2, 3] in a function of that set of operations.
std::string problems_with(const std::string& opset, std::string type, const std::vector<Input>& inputs, Type result) {
  return problems_of(
      program(opset, {{"x", fp32({2, 3})}}).op(std::move(type), inputs, "y", std::move(result)).outputs({"y"}));
}

TEST(CheckProgram, FindsEveryFaultAtItsPlace) {
  const std::string problems = problems_of(program("CoreML5", {{"x", fp32({2, 3})}})
                                               .op("relu", {{"x", "ghost"}}, "a", fp32({2, 3}))
                                               .op("no_such_operation", {{"x", "x"}}, "b", fp32({2, 3}))
                                               .op("add", {{"x", "a"}, {"y", "b"}}, "c", fp32({3, 2}))
                                               .outputs({"c"}));
  EXPECT_THAT(problems, AllOf(HasSubstr("function 'main': block CoreML5: operation 'a' (relu): x: no value 'ghost'"),
                              HasSubstr("operation 'b' (no_such_operation): there is no operation no_such_operation"),
                              HasSubstr("operation 'c' (add): 'c' is declared as fp32[3, 2], and is fp32[2, 3]")));
}

TEST(CheckProgram, ComputesShapesFromConstantsAndDefaults) {
  EXPECT_EQ(problems_with("CoreML5", "reshape", {{"x", "x"}, {"shape", integers({3, -1})}}, fp32({3, 2})), "");
  EXPECT_THAT(problems_with("CoreML5", "reshape", {{"x", "x"}, {"shape", integers({3, -1})}}, fp32({3, 3})),
              HasSubstr("declared as fp32[3, 3], and is fp32[3, 2]"));
  EXPECT_THAT(problems_with("CoreML5", "reshape", {{"x", "x"}, {"shape", integers({4, -1})}}, fp32({4, 1})),
              HasSubstr("can't be reshaped"));
  EXPECT_EQ(problems_with("CoreML5", "reduce_argmax", {{"x", "x"}}, int32({2})), "");
  EXPECT_EQ(problems_with("CoreML5", "reduce_argmax", {{"x", "x"}, {"keep_dims", flag(true)}}, int32({2, 1})), "");
  EXPECT_EQ(problems_with("CoreML5", "transpose", {{"x", "x"}, {"perm", integers({-1, 0})}}, fp32({3, 2})), "");
  EXPECT_THAT(problems_with("CoreML5", "transpose", {{"x", "x"}, {"perm", integers({0, 0})}}, fp32({2, 2})),
              HasSubstr("perm names axis 0 twice"));
}

TEST(CheckProgram, KnowsWhatEachSetOfOperationsChanged) {
  const std::vector<Input> mixed = {{"x", "x"}, {"alpha", constant(fp16(), {0, 0x3c})}};
  EXPECT_THAT(problems_with("CoreML6", "leaky_relu", mixed, fp32({2, 3})), HasSubstr("they must be of one type"));
  EXPECT_EQ(problems_with("CoreML7", "leaky_relu", mixed, fp32({2, 3})), "");
  const std::vector<Input> clipped = {{"x", "x"}, {"alpha", floats({}, {2})}, {"beta", floats({}, {1})}};
  EXPECT_EQ(problems_with("CoreML6", "clip", clipped, fp32({2, 3})), "");
  EXPECT_THAT(problems_with("CoreML7", "clip", clipped, fp32({2, 3})), HasSubstr("must be less than"));
  const std::vector<Input> zero = {{"x", "x"}, {"shape", integers({1, 0, -1, 0})}};
  EXPECT_EQ(problems_with("CoreML7", "reshape", zero, fp32({1, 1, 2, 3})), "");
  EXPECT_THAT(problems_with("CoreML6", "reshape", zero, fp32({1, 1, 2, 3})), HasSubstr("a 0 in shape copies"));
  EXPECT_THAT(problems_with("CoreML6", "gather",
                            {{"x", "x"}, {"indices", integers({0})}, {"validate_indices", flag(true)}}, fp32({1, 3})),
              HasSubstr("gather has no parameter validate_indices"));
  EXPECT_THAT(
      problems_with("CoreML7", "slice_update", {{"x", "x"}}, fp32({2, 3})),
      HasSubstr("slice_update exists from CoreML8 (iOS 18 and macOS 15) on, and the function's set is CoreML7"));
}

TEST(CheckProgram, TakesAnUnknownDimensionForEveryOther) {
  EXPECT_EQ(problems_of(program("CoreML5", {{"x", fp32({unknown, 3})}})
                            .op("relu", {{"x", "x"}}, "y", fp32({unknown, 3}))
                            .op("add", {{"x", "y"}, {"y", floats({4, 1}, {1, 2, 3, 4})}}, "z", fp32({4, 3}))
                            .outputs({"z"})),
            "");
  EXPECT_THAT(problems_of(program("CoreML5", {{"x", fp32({unknown, 3})}})
                              .op("relu", {{"x", "x"}}, "y", fp32({unknown, 4}))
                              .outputs({"y"})),
              HasSubstr("declared as fp32[?, 4], and is fp32[?, 3]"));
}

TEST(CheckProgram, DefinesEachNameOnce) {
  const std::string problems = problems_of(program("CoreML5", {{"x", fp32({2})}})
                                               .op("relu", {{"x", "x"}}, "y", fp32({2}))
                                               .op("relu", {{"x", "x"}}, "y", fp32({2}))
                                               .op("relu", {{"x", "y"}}, "x", fp32({2}))
                                               .outputs({"y"}));
  EXPECT_THAT(problems,
              AllOf(HasSubstr("the name 'y' is defined already"), HasSubstr("the name 'x' is defined already")));
}

// cond over x, whose blocks compute `first` and `second` of x.
std::string problems_with_branches(Block first, Block second) {
  return problems_of(
      program("CoreML5", {{"x", fp32({2})}, {"p", boolean()}})
          .op(operation("cond", {{"pred", "p"}}, {{"y", fp32({2})}}, {std::move(first), std::move(second)}))
          .outputs({"y"}));
}

Block block_of(std::vector<Operation> operations, std::vector<std::string> outputs,
               std::vector<NamedType> inputs = {}) {
  Block block;
  block.inputs = std::move(inputs);
  block.operations = std::move(operations);
  block.outputs = std::move(outputs);
  return block;
}

TEST(CheckProgram, LetsANestedBlockSeeWhatIsAroundItAndEndsItsNames) {
  const auto relu = [](const char* from, const char* name) {
    return operation("relu", {{"x", from}}, {{name, fp32({2})}});
  };
  // The only complaint is that no feature is a bool.
  EXPECT_THAT(problems_with_branches(block_of({relu("x", "a")}, {"a"}), block_of({relu("x", "a")}, {"a"})),
              Not(HasSubstr("operation")));
  EXPECT_THAT(problems_with_branches(block_of({relu("x", "a")}, {"a"}), block_of({}, {"a"})),
              HasSubstr("operation 'y' (cond): blocks[1]: the output 'a' names no value"));
  EXPECT_THAT(problems_with_branches(block_of({relu("x", "x")}, {"x"}), block_of({}, {"x"})),
              HasSubstr("blocks[0]: operation 'x' (relu): the name 'x' is defined already"));
}

TEST(CheckProgram, ComparesTheBlocksOfALoopWithItsVariables) {
  const auto loop = [](Type body_result, Type condition) {
    const std::vector<NamedType> variables = {{"i", int32()}};
    Block test = block_of({operation("less", {{"x", "i"}, {"y", integer(3)}}, {{"go", std::move(condition)}})}, {"go"},
                          variables);
    Block body = block_of({operation("add", {{"x", "i"}, {"y", integer(1)}}, {{"next", std::move(body_result)}})},
                          {"next"}, variables);
    return problems_of(program("CoreML5", {{"x", fp32({2})}})
                           .op(operation("while_loop", {{"loop_vars", std::vector<Input::One>{integer(0)}}},
                                         {{"n", int32()}}, {test, body}))
                           .outputs({"n"}));
  };
  EXPECT_EQ(loop(int32(), boolean()), "");
  EXPECT_THAT(loop(int32({1}), boolean()), HasSubstr("outputs of the body [0] is int32[1]"));
  EXPECT_THAT(loop(int32(), int32()), HasSubstr("outputs of the condition [0] is int32"));
}

TEST(CheckProgram, CountsTheBitsOfMasksAndTheBytesOfIndices) {
  const auto sparse = [](std::vector<std::uint8_t> mask) {
    return problems_of(
        program("CoreML6", {{"x", fp32({2, 3})}})
            .with_attributes("constexpr_sparse_to_dense",
                             {{"nonzero_data", floats({3}, {1, 2, 3})},
                              {"mask", constant(tensor(ElementType::uint8, {1}), std::move(mask))},
                              {"shape", constant(tensor(ElementType::uint32, {2}), {2, 0, 0, 0, 3, 0, 0, 0})}},
                             "w", fp32({2, 3}))
            .op("add", {{"x", "x"}, {"y", "w"}}, "y", fp32({2, 3}))
            .outputs({"y"}));
  };
  EXPECT_EQ(sparse({0b00100011}), "");
  EXPECT_THAT(sparse({0b00100111}), HasSubstr("mask has 4 bits set, nonzero_data has 3 values"));
  EXPECT_THAT(sparse({0b01100001}), HasSubstr("bits set beyond the last element"));
}

TEST(CheckProgram, TakesConstantsWhereOnlyTheseAreAllowed) {
  const std::vector<Input> inputs = {{"x", "x"}, {"weight", "x"}};
  EXPECT_THAT(problems_with("CoreML5", "linear", inputs, fp32({2, 2})), HasSubstr("weight must be a constant"));
  EXPECT_EQ(problems_with("CoreML5", "linear", {{"x", "x"}, {"weight", floats({1, 3}, {1, 2, 3})}}, fp32({2, 1})), "");
}

TEST(CheckProgram, IsLinearInTheNumberOfOperationsAndFindings) {
  ProgramText text = program("CoreML5", {{"x", fp32({2})}});
  std::string last = "x";
  for (int i = 0; i < 100'000; ++i) {
    const std::string name = "r" + std::to_string(i);
    text.op("relu", {{"x", last.c_str()}}, name, i % 2 == 0 ? fp32({2}) : fp32({3}));
    last = name;
  }
  const std::string problems = problems_of(text.outputs({last}));
  EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), 99'999);
}

TEST(CheckProgram, RefusesDimensionsWhoseProductOverflows) {
  const std::int64_t large = std::int64_t{1} << 27;
  EXPECT_THAT(problems_of(program("CoreML5", {{"x", fp32({large, 1})}, {"y", fp32({1, large})}})
                              .op("add", {{"x", "x"}, {"y", "y"}}, "z", fp32({large, large}))
                              .op("concat", {{"values", std::vector<Input::One>{"z", "z"}}, {"axis", integer(0)}}, "c",
                                  fp32({2 * large, large}))
                              .outputs({"c"})),
              Not(HasSubstr("larger")));
  EXPECT_THAT(problems_with("CoreML5", "tile", {{"x", "x"}, {"reps", integers({INT32_MAX, INT32_MAX})}}, fp32({2, 3})),
              HasSubstr("declared as fp32[2, 3]"));
}

TEST(OperationTable, HasARowForEveryOperationThatCanStandInAFile) {
  std::set<std::string_view> names;
  for (const OperationRow& row : all_operations()) names.insert(row.name);
  EXPECT_EQ(names.size(), 169U);
}

TEST(OperationTable, HasOneRowForEachNameAndSet) {
  const auto rows = all_operations();
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_TRUE(rows[i - 1].name != rows[i].name || rows[i - 1].since < rows[i].since) << rows[i].name;
  }
}

TEST(OperationTable, GivesEveryLetterADomain) {
  for (const OperationRow& row : all_operations()) {
    for (const Parameter& parameter : row.parameters) {
      const auto is_this = [&](const Domain& domain) { return domain.letter == parameter.letter; };
      EXPECT_TRUE(parameter.letter == 0 || std::ranges::any_of(row.domains, is_this))
          << row.name << " " << parameter.name;
      const bool is_tensor = parameter.kind == Parameter::Kind::tensor || parameter.kind == Parameter::Kind::tensors;
      EXPECT_TRUE(!is_tensor || parameter.letter != 0 || parameter.types != 0) << row.name << " " << parameter.name;
    }
  }
}

}  // namespace
}  // namespace goldilocks::ml_program
