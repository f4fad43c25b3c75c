// Compressed weights made dense.
#include "core/formats/ml_program/constants.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "core/data/npy.hpp"
#include "core/data/npz.hpp"
#include "core/formats/ml_program/validate.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks::ml_program {
namespace {

namespace fs = std::filesystem;
using namespace ml_program::testing;

std::vector<double> numbers_of(const DenseTensor& tensor) {
  Value value;
  value.type = tensor.type;
  value.bytes = tensor.bytes();
  std::vector<double> numbers(element_count(value));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = number_at(value, i);
  return numbers;
}

// The dense values of one constexpr operation with these parameters, given inline.
std::vector<double> dense(std::string type, const std::vector<Input>& inputs, std::vector<NamedType> results,
                          std::size_t result = 0) {
  Block block;
  block.operations.push_back(operation(std::move(type), inputs, std::move(results)));
  const Constants constants(block);
  return numbers_of(*constants.dense({&block.operations[0], result, 0}));
}

const Type uint1_table = tensor(ElementType::uint1, {2, 3});

// [[0, 1, 0], [1, 0, 1]], the lowest bit first.
std::shared_ptr<const Value> indices() { return constant(uint1_table, {0b101010}); }

TEST(Dense, TablesOfVectorsLieAlongTheirAxis) {
  const auto lut = floats({1, 1, 2, 2}, {1, 10, 2, 20});
  EXPECT_EQ(dense("constexpr_lut_to_dense", {{"indices", indices()}, {"lut", lut}, {"vector_axis", integer(0)}},
                  {{"w", fp32({4, 3})}}),
            (std::vector<double>{1, 2, 1, 10, 20, 10, 2, 1, 2, 20, 10, 20}));
  EXPECT_EQ(dense("constexpr_lut_to_dense", {{"indices", indices()}, {"lut", lut}, {"vector_axis", integer(-1)}},
                  {{"w", fp32({2, 6})}}),
            (std::vector<double>{1, 10, 2, 20, 1, 10, 2, 20, 1, 10, 2, 20}));
}

TEST(Dense, TablesMayBelongToGroups) {
  EXPECT_EQ(dense("constexpr_lut_to_dense", {{"indices", indices()}, {"lut", floats({2, 1, 2, 1}, {1, 2, 3, 4})}},
                  {{"w", fp32({2, 3})}}),
            (std::vector<double>{1, 2, 1, 4, 3, 4}));
}

TEST(Dense, SparseTablesOfVectorsAreReadInTheOrderOfTheExpandedMask) {
  const std::vector<Input> inputs = {{"indices_mask", constant(uint1_table, {0b010101})},
                                     {"indices_nonzero_data", constant(tensor(ElementType::uint1, {3}), {0b110})},
                                     {"lut", floats({1, 1, 2, 2}, {1, 10, 2, 20})},
                                     {"vector_axis", integer(0)}};
  const std::vector<NamedType> results = {{"m", tensor(ElementType::uint1, {4, 3})}, {"v", fp32({6})}};
  EXPECT_EQ(dense("constexpr_lut_to_sparse", inputs, results, 0),
            (std::vector<double>{1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0}));
  EXPECT_EQ(dense("constexpr_lut_to_sparse", inputs, results, 1), (std::vector<double>{1, 2, 10, 20, 2, 20}));
}

TEST(Dense, ScalesAreRoundedInTheirOwnType) {
  const auto halves = constant(fp16({4}), {0x66, 0x2e, 0x66, 0x2e, 0x66, 0x32, 0x66, 0x32});  // .1 .1 .2 .2
  EXPECT_EQ(dense("constexpr_blockwise_shift_scale",
                  {{"data", constant(tensor(ElementType::uint8, {4}), {1, 2, 3, 4})},
                   {"scale", halves},
                   {"offset", constant(tensor(ElementType::uint8, {4}), {1, 1, 2, 2})}},
                  {{"w", fp16({4})}}),
            (std::vector<double>{0, 0.0999755859375, 0.199951171875, 0.39990234375}));
}

struct Array {
  Shape shape;
  std::string bytes;  // row by row
};

// A .npy file, whose values numpy may have written column by column.
Array parse_array(std::string file) {
  const std::size_t columns = file.find("'fortran_order': True, ");
  if (columns != std::string::npos) file.replace(columns, 23, "'fortran_order': False,");
  const data::NpyView view = data::parse_npy(std::as_bytes(std::span(file)), "array");
  Array array{view.shape, std::string(reinterpret_cast<const char*>(view.values.data()), view.values.size())};
  if (columns == std::string::npos) return array;
  const auto count = static_cast<std::size_t>(element_count(array.shape).value_or(0));
  const std::size_t width = array.bytes.size() / count;
  const std::string stored = array.bytes;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t rest = i;
    std::size_t target = 0;
    std::size_t stride = count;
    for (const std::int64_t dim : array.shape) {
      stride /= static_cast<std::size_t>(dim);
      target += rest % static_cast<std::size_t>(dim) * stride;
      rest /= static_cast<std::size_t>(dim);
    }
    stored.copy(array.bytes.data() + target * width, width, i * width);
  }
  return array;
}

// The file's values of a weight, by the name of the last operation.
void expect_dense_values(const fs::path& folder, int& compared) {
  Package package = Package::open(folder / "model.mlpackage");
  Program program;
  ASSERT_TRUE(validate(package.model(), package.weights(), program).empty()) << folder;
  const Block& body = *program.function("main")->body();
  const Constants constants(body);
  const auto arrays = data::read_npz(folder / "dense.npz");
  for (const Operation& operation : body.operations) {
    if (is_constant(operation)) continue;
    for (const Argument& argument : operation.inputs) {
      const auto array = arrays.find(fmt::format("{}.{}", operation.type, argument.parameter));
      if (array == arrays.end() || argument.bindings.size() != 1) continue;
      const ConstantSource* source = constants.find(argument.bindings[0].name);
      ASSERT_NE(source, nullptr) << folder;
      const Array expected = parse_array(array->second);
      const auto found = constants.dense(*source);
      ASSERT_TRUE(found.has_value()) << folder;
      EXPECT_EQ(found->type.shape, expected.shape) << folder;
      EXPECT_TRUE(std::ranges::equal(found->bytes(), std::as_bytes(std::span(expected.bytes))))
          << folder << " " << array->first;
      ++compared;
    }
  }
}

TEST(ReferenceCompression, IsMadeDenseBitForBit) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/compression-cases");
  int compared = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (fs::exists(entry.path() / "dense.npz")) expect_dense_values(entry.path(), compared);
  }
  EXPECT_GE(compared, 109);
}

}  // namespace
}  // namespace goldilocks::ml_program
