#include "core/formats/ml_program/program_model.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/files_below.hpp"
#include "core/formats/ml_program/validate.hpp"
#include "core/formats/ml_program/verify_weights.hpp"
#include "core/formats/model_files.hpp"
#include "core/formats/open.hpp"
#include "core/weights/codec.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::ml_program {
namespace {

namespace fs = std::filesystem;
using goldilocks::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace ml_program::testing;

constexpr const char* weights_of_package = "Data/com.apple.CoreML/weights/weight.bin";

// y = x w, with w of four values, and a bias of small whole numbers.
ProgramText linear_of(std::shared_ptr<const Value> weight) {
  return program("CoreML5", {{"x", fp32({2, 16})}})
      .constant("w", std::move(weight))
      .op("linear", {{"x", "x"}, {"weight", "w"}}, "y", fp32({2, 12}))
      .outputs({"y"});
}

class SmallPrograms : public ::testing::Test {
 protected:
  SmallPrograms() {
    std::vector<float> values(12 * 16);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * i % 4) - 1.5F;
    std::vector<std::uint8_t> bytes(4 * values.size());
    std::memcpy(bytes.data(), values.data(), bytes.size());
    BlobBytes blobs;
    blobs.add(2, bytes);
    ml_program::testing::write_package(in(), linear_of(blob(fp32({12, 16}), 64)).model(), blobs.bytes());
    values_ = values;
  }

  fs::path in() const { return folder_ / "in.mlpackage"; }
  fs::path out() const { return folder_ / "out.mlpackage"; }

  // The weight by a table of its four values.
  weights::Stored table(int bits = 2) const {
    std::vector<std::uint8_t> codes;
    for (const float value : values_) codes.push_back(static_cast<std::uint8_t>(value + 1.5F));
    std::vector<float> entries(std::size_t{1} << static_cast<unsigned>(bits));
    for (std::size_t i = 0; i < 4; ++i) entries[i] = static_cast<float>(i) - 1.5F;
    return weights::table_of({12, 16}, codes, bits, entries);
  }

  std::unique_ptr<formats::Model> with_table() const {
    const auto taken = formats::open(in())->take_weights("m");
    return taken->with({table()}, "a test");
  }

  static std::vector<float> values_in(const fs::path& path) {
    const auto taken = formats::open(path)->take_weights("m");
    return weights::decode(taken->read(0), "m");
  }

  TemporaryFolder folder_;
  std::vector<float> values_;
};

TEST_F(SmallPrograms, GetOtherWeightsAndTheVersionThatTheseNeed) {
  const auto made = with_table();
  EXPECT_THAT(made->validate(), IsEmpty());
  made->write(out());
  EXPECT_EQ(values_in(out()), values_);
  const auto again = formats::open(out());
  EXPECT_EQ(again->summary().specification_version, 7);
  EXPECT_THAT(again->validate(), IsEmpty());
  EXPECT_EQ(again->stored_weights().form, "2 bit table");
  EXPECT_EQ(again->stored_weights().bits, 2U);
  EXPECT_EQ(again->stored_weights().count, values_.size());
  EXPECT_EQ(again->summary().weight_bytes, values_.size() / 4 + 4 * sizeof(float));
}

TEST_F(SmallPrograms, StateTheSizeOfAllTheirFiles) {
  const auto made = with_table();
  made->write(out());
  std::uint64_t size = 0;
  for (const fs::path& file : files_below(out())) size += fs::file_size(out() / file);
  EXPECT_EQ(made->size(), size);
  EXPECT_EQ(formats::open(out())->size(), size);
  EXPECT_EQ(formats::size_of_files(out()), size);
}

TEST_F(SmallPrograms, AreWrittenInTheSameBytesEachTime) {
  with_table()->write(out());
  with_table()->write(folder_ / "again.mlpackage");
  for (const fs::path& file : files_below(out())) {
    EXPECT_EQ(read_file(out() / file), read_file(folder_ / "again.mlpackage" / file)) << file;
  }
}

TEST_F(SmallPrograms, KeepTheirWeightsWhereOnlyTheMetadataChange) {
  const auto model = formats::open(in());
  model->change({.description = "small", .user_defined = {{"key", "value"}}});
  model->write(out());
  EXPECT_EQ(read_file(out() / weights_of_package), read_file(in() / weights_of_package));
  EXPECT_EQ(formats::open(out())->summary().description, "small");
}

TEST_F(SmallPrograms, ThatAreNotValidHaveNoWeights) {
  BlobBytes blobs;
  blobs.add(2, std::vector<std::uint8_t>(8));  // too few values
  ml_program::testing::write_package(in(), linear_of(blob(fp32({12, 16}), 64)).model(), blobs.bytes());
  try {
    formats::open(in())->take_weights("m");
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), HasSubstr("blob"));
  }
}

TEST_F(SmallPrograms, AreNotWrittenIfTheFileHasOtherCodes) {
  with_table()->write(out());
  Package package = Package::open(out());
  Program program;
  ASSERT_THAT(validate(package.model(), package.weights(), program), IsEmpty());
  const auto taken = formats::open(out())->take_weights("m");
  const std::vector<WeightContent> written = {{0, taken->read(0)}};
  verify_weights(out(), program, written);

  std::string bytes = read_file(out() / weights_of_package);
  bytes[128] = static_cast<char>(bytes[128] ^ 1);  // the first code
  const fs::path copy = folder_ / "other.mlpackage";
  fs::copy(out(), copy, fs::copy_options::recursive);
  write_text(copy / weights_of_package, bytes);
  try {
    verify_weights(copy, program, written);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::internal);
    EXPECT_THAT(error.what(), HasSubstr("operation 'y', weight, codes or values"));
  }
  weights::Stored other = taken->read(0);
  const std::vector<float> entries(4);
  other.table.bytes = std::as_bytes(std::span(entries));
  EXPECT_THROW(verify_weights(out(), program, std::vector<WeightContent>{{0, other}}), Error);
}

TEST_F(SmallPrograms, TakeAFloatBiasAsAnOffsetOrAsATable) {
  const auto taken = formats::open(in())->take_weights("m");
  std::vector<std::uint8_t> codes(values_.size(), 3);
  weights::Change close{.content = weights::linear_of({12, 16}, codes, 8, {0.5F}, {-1}, -1)};
  std::vector<weights::Change*> changes = {&close};
  EXPECT_THAT(taken->settle(changes), SizeIs(1));
  EXPECT_EQ(close.content->encoding.kind, weights::Kind::linear);
  EXPECT_EQ(weights::decode(*close.content, "m"), std::vector<float>(values_.size(), 0.5F));
  // No offset makes a 1 of a scale of 0.
  weights::Change flat{.content = weights::linear_of({12, 16}, codes, 8, {0}, {1}, -1)};
  changes = {&flat};
  taken->settle(changes);
  EXPECT_EQ(flat.content->encoding.kind, weights::Kind::table);
  EXPECT_EQ(weights::decode(*flat.content, "m"), std::vector<float>(values_.size(), 1));
  EXPECT_THAT(flat.note, HasSubstr("a table of the same values"));
}

TEST_F(SmallPrograms, KeepFloatsWhereCodesWouldNotBeSmaller) {
  const auto taken = formats::open(in())->take_weights("m");
  weights::Change change{.content = table(8), .note = {}, .may_be_floats = true};
  std::vector<weights::Change*> changes = {&change};
  taken->settle(changes);
  EXPECT_FALSE(change.content) << "192 floats are smaller than 192 codes and a table of 256";
  EXPECT_EQ(change.note, "its codes would be no smaller");
}

}  // namespace
}  // namespace goldilocks::ml_program
