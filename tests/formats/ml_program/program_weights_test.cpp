#include "core/formats/ml_program/program_weights.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/half.hpp"
#include "core/formats/ml_program/constant_operations.hpp"
#include "core/formats/ml_program/decode.hpp"
#include "core/formats/ml_program/encoding_text.hpp"
#include "core/formats/ml_program/package_writer.hpp"
#include "core/formats/ml_program/replace_weights.hpp"
#include "core/formats/ml_program/validate.hpp"
#include "core/weights/codec.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::ml_program {
namespace {

namespace fs = std::filesystem;
using goldilocks::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using weights::Kind;
using weights::Stored;
using namespace ml_program::testing;

// A package with its program and its weights.
struct Opened {
  explicit Opened(const fs::path& path, Opset ceiling = Opset::ios26)
      : package(Package::open(path)),
        violations(validate(package.model(), package.weights(), program)),
        weights(program, "m", ceiling) {}

  std::string problems() const {
    std::string text;
    for (const model::Violation& violation : violations) text += violation.text() + '\n';
    return text;
  }

  // The values by this program's own decoder, as bytes of the constant's type.
  std::vector<std::byte> dense(std::size_t index) const {
    const ProgramWeight::Place& place = weights[index].places.front();
    const auto tensor = place.constants->dense({.operation = place.operation});
    return {tensor->bytes().begin(), tensor->bytes().end()};
  }

  // The same by the decoder of weights.
  std::vector<std::byte> decoded(std::size_t index) const {
    const std::vector<float> values = weights::decode(weights.read(index), weights.weights()[index].place);
    std::vector<std::byte> bytes;
    for (const float value : values) {
      const std::uint16_t half = half_from_float(value);
      const auto* from = weights[index].element == ElementType::float16 ? reinterpret_cast<const std::byte*>(&half)
                                                                        : reinterpret_cast<const std::byte*>(&value);
      bytes.insert(bytes.end(), from, from + (weights[index].element == ElementType::float16 ? 2 : 4));
    }
    return bytes;
  }

  std::string encoding(std::size_t index) const {
    const ProgramWeight::Place& place = weights[index].places.front();
    return encoding_text({.operation = place.operation}, *place.constants);
  }

  Package package;
  Program program;
  std::vector<model::Violation> violations;
  ProgramWeights weights;
};

void write_with(const Opened& opened, const std::vector<WeightContent>& contents, const fs::path& target) {
  ml_program::write_package(target, opened.package.model(), with_weights(opened.weights, contents, Opset::ios26),
                            opened.package);
}

TEST(ReferenceCompression, EveryWeightIsReadAndWrittenAgainInTheSameEncoding) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/compression-cases");
  const TemporaryFolder written;
  int compressed = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!fs::exists(entry.path() / "model.mlpackage")) continue;
    const std::string name = entry.path().filename();
    const Opened before(entry.path() / "model.mlpackage");
    std::vector<WeightContent> contents;
    for (std::size_t i = 0; i < before.weights.weights().size(); ++i) {
      const weights::Weight& weight = before.weights.weights()[i];
      if (weight.stored.kind == Kind::none) {
        ADD_FAILURE() << name << ": " << weight.place << ": " << before.encoding(i);
        continue;
      }
      EXPECT_EQ(before.decoded(i), before.dense(i)) << name << ": " << weight.place;
      contents.push_back({i, as_written(before.weights.read(i), before.weights[i].element, weight.place)});
      if (weights::is_coded(weight.stored.kind) || weights::is_sparse(weight.stored.kind)) ++compressed;
    }
    write_with(before, contents, written / (name + ".mlpackage"));
    const Opened after(written / (name + ".mlpackage"));
    EXPECT_EQ(after.problems(), "") << name;
    ASSERT_EQ(after.weights.weights().size(), before.weights.weights().size()) << name;
    for (std::size_t i = 0; i < before.weights.weights().size(); ++i) {
      EXPECT_EQ(after.dense(i), before.dense(i)) << name;
      EXPECT_EQ(after.encoding(i), before.encoding(i)) << name;
      EXPECT_EQ(after.weights.weights()[i].bytes, before.weights.weights()[i].bytes) << name;
    }
  }
  EXPECT_GE(compressed, 106);
}

// A linear operation and a matmul that share nothing, and a bias.
class SmallProgram : public ::testing::Test {
 protected:
  void write(const std::string& opset) {
    BlobBytes blobs;
    std::vector<std::uint8_t> bytes(48 * 4);
    for (std::size_t i = 0; i < 48; ++i) {
      const float value = static_cast<float>(i % 7) - 3;
      std::memcpy(bytes.data() + 4 * i, &value, 4);
    }
    blobs.add(2, bytes);
    blobs.add(2, std::vector<std::uint8_t>(48 * 4, 0));
    const model::spec::Model model =
        program(opset, {{"x", fp32({2, 12})}})
            .constant("w", blob(fp32({4, 12}), 64))
            .constant("other", blob(fp32({12, 4}), 320))
            .op("linear", {{"x", "x"}, {"weight", "w"}}, "y", fp32({2, 4}))
            .op("matmul", {{"x", "x"}, {"y", "other"}, {"transpose_x", flag(false)}, {"transpose_y", flag(false)}}, "z",
                fp32({2, 4}))
            .outputs({"y", "z"})
            .model();
    ml_program::testing::write_package(folder_ / "in.mlpackage", model, blobs.bytes());
  }

  // The first weight as a table of its seven values.
  static Stored table_of(const Opened& opened) {
    const std::vector<float> values = weights::decode(opened.weights.read(0), "w");
    std::vector<std::uint8_t> codes;
    for (const float value : values) codes.push_back(static_cast<std::uint8_t>(value + 3));
    std::vector<float> table(16);
    for (int i = 0; i < 7; ++i) table[static_cast<std::size_t>(i)] = static_cast<float>(i) - 3;
    return weights::table_of({4, 12}, codes, 4, table);
  }

  TemporaryFolder folder_;
};

TEST_F(SmallProgram, HasItsWeightsInTheOrderOfTheirReaders) {
  write("CoreML6");
  const Opened opened(folder_ / "in.mlpackage", Opset::ios16);
  const auto found = opened.weights.weights();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].place, "m: operation 'y', weight");
  EXPECT_EQ(found[0].operation, "linear");
  EXPECT_EQ(found[0].axes, (weights::Axes{0, 1}));
  EXPECT_EQ(found[1].parameter, "y");
  EXPECT_EQ(found[1].axes, (weights::Axes{1, 0}));
  EXPECT_TRUE(found[0].accepted.takes(Kind::table));
  EXPECT_FALSE(found[0].accepted.takes(Kind::group_table)) << "came with iOS 18";
}

TEST_F(SmallProgram, GetsATableAndTheVersionThatHasTables) {
  write("CoreML5");
  const Opened before(folder_ / "in.mlpackage");
  write_with(before, {{0, as_written(table_of(before), ElementType::float32, "w")}}, folder_ / "out.mlpackage");
  const Opened after(folder_ / "out.mlpackage");
  EXPECT_EQ(after.problems(), "");
  EXPECT_EQ(after.program.functions[0].opset, "CoreML6");
  EXPECT_EQ(after.package.model().specificationversion(), 7);
  EXPECT_EQ(after.encoding(0), "table of 4 bits");
  EXPECT_EQ(after.dense(0), before.dense(0));
  EXPECT_EQ(after.dense(1), before.dense(1));
  EXPECT_EQ(after.weights.weights()[0].bytes, 24U + 64U) << "48 codes and 16 entries";
}

TEST_F(SmallProgram, OfALaterSetOfOperationsHasEarlierTablesInItsForm) {
  write("CoreML6");
  const Opened before(folder_ / "in.mlpackage");
  write_with(before, {{0, as_written(table_of(before), ElementType::float32, "w")}}, folder_ / "out.mlpackage");
  const Opened between(folder_ / "out.mlpackage");
  Stored grouped = weights::table_of({12, 4}, std::vector<std::uint8_t>(48), 1, {0, 1, 0, 2});
  grouped.encoding.kind = Kind::group_table;
  grouped.encoding.granularity = {.kind = weights::Granularity::Kind::group, .size = 2};
  grouped.table_grid = {1, 2};
  write_with(between, {{1, as_written(grouped, ElementType::float32, "w")}}, folder_ / "last.mlpackage");
  const Opened after(folder_ / "last.mlpackage");
  EXPECT_EQ(after.problems(), "");
  EXPECT_EQ(after.package.model().specificationversion(), 9);
  EXPECT_EQ(after.dense(0), before.dense(0));
  EXPECT_EQ(after.weights.weights()[0].stored.kind, Kind::table);
  EXPECT_EQ(after.weights.weights()[1].stored.kind, Kind::group_table);
}

TEST_F(SmallProgram, IsRefusedWhatNoSetUpToTheCeilingHas) {
  write("CoreML5");
  const Opened before(folder_ / "in.mlpackage");
  const std::vector<WeightContent> contents = {{0, as_written(table_of(before), ElementType::float32, "w")}};
  try {
    with_weights(before.weights, contents, Opset::ios15);
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), HasSubstr("m: operation 'y', weight: 4 bit table came with iOS 16"));
  }
}

TEST_F(SmallProgram, KeepsTheBytesOfBlobsThatDoNotChange) {
  write("CoreML6");
  const Opened before(folder_ / "in.mlpackage");
  write_with(before, {}, folder_ / "out.mlpackage");
  const std::string path = "Data/com.apple.CoreML/weights/weight.bin";
  const std::string written = read_file(folder_ / "out.mlpackage" / path);
  EXPECT_EQ(written.substr(64), read_file(folder_ / "in.mlpackage" / path).substr(64));
  EXPECT_EQ(written[0], 2) << "blobs";
}

}  // namespace
}  // namespace goldilocks::ml_program
