#include "core/formats/ml_program/package_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/formats/ml_program/encode.hpp"
#include "core/formats/ml_program/validate.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::ml_program {
namespace {

namespace fs = std::filesystem;
using goldilocks::testing::TemporaryFolder;
using ::testing::HasSubstr;
using namespace ml_program::testing;

model::spec::Model linear_model() {
  return program("CoreML5", {{"x", fp32({2, 3})}})
      .constant("w", blob(fp32({4, 3}), 64))
      .op("linear", {{"x", "x"}, {"weight", "w"}}, "y", fp32({2, 4}))
      .outputs({"y"})
      .model();
}

std::map<std::string, std::string> contents_of(const fs::path& folder) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) contents[entry.path().lexically_relative(folder)] = read_file(entry.path());
  }
  return contents;
}

class WrittenPackage : public ::testing::Test {
 protected:
  WrittenPackage() {
    BlobBytes blobs;
    blobs.add(2, std::vector<std::uint8_t>(48, 7));
    ml_program::testing::write_package(folder_ / "in.mlpackage", linear_model(), blobs.bytes());
    write_text(folder_ / "in.mlpackage/Data/notes/readme.txt", "kept");
  }

  TemporaryFolder folder_;
};

TEST_F(WrittenPackage, HasTheSameBytesEachTimeAndIsValid) {
  const Package package = Package::open(folder_ / "in.mlpackage");
  ml_program::write_package(folder_ / "a.mlpackage", package.model(), package);
  ml_program::write_package(folder_ / "b.mlpackage", package.model(), package);
  const auto written = contents_of(folder_ / "a.mlpackage");
  EXPECT_EQ(written, contents_of(folder_ / "b.mlpackage"));
  EXPECT_EQ(written.at("Data/notes/readme.txt"), "kept");
  const std::string weights = "Data/com.apple.CoreML/weights/weight.bin";
  EXPECT_EQ(written.at(weights), contents_of(folder_ / "in.mlpackage").at(weights));

  Package again = Package::open(folder_ / "a.mlpackage");
  EXPECT_TRUE(validate(again.model(), again.weights()).empty());
  EXPECT_EQ(again.manifest()->root.size(), 36U);
  EXPECT_NE(again.manifest()->root, again.manifest()->weights_item()->identifier);
  // The second writing of what was written changes nothing.
  ml_program::write_package(folder_ / "c.mlpackage", again.model(), again);
  EXPECT_EQ(contents_of(folder_ / "c.mlpackage"), written);
}

TEST_F(WrittenPackage, ReplacesAPackageAndNothingElse) {
  const Package package = Package::open(folder_ / "in.mlpackage");
  ml_program::write_package(folder_ / "a.mlpackage", package.model(), package);
  write_text(folder_ / "a.mlpackage/stale.txt", "stale");
  ml_program::write_package(folder_ / "a.mlpackage", package.model(), package);
  EXPECT_FALSE(fs::exists(folder_ / "a.mlpackage/stale.txt"));
  fs::create_directory(folder_ / "photos");
  write_text(folder_ / "photos/dinner.jpg", "x");
  EXPECT_THAT([&] { ml_program::write_package(folder_ / "photos", package.model(), package); },
              ::testing::ThrowsMessage<FileError>(
                  HasSubstr("photos: there is something that is no package, and it is not replaced")));
  EXPECT_TRUE(fs::exists(folder_ / "photos/dinner.jpg"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 3);
}

// Every valid program of the reference data as plain values, and from these as a message again.
TEST(ReferencePrograms, AreTheSameMessageAfterReadingAndEncoding) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram");
  int compared = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".mlpackage" || entry.path().filename().string().starts_with("bad_")) continue;
    if (entry.path().filename().string().starts_with("odd_manifest")) continue;
    Package package = Package::open(entry.path());
    Program program;
    if (!validate(package.model(), package.weights(), program).empty()) continue;
    model::spec::Model original;
    *original.mutable_mlprogram() = package.model().mlprogram();
    model::spec::Model encoded;
    *encoded.mutable_mlprogram() = encode_program(program);
    EXPECT_TRUE(model::serialize_model(original) == model::serialize_model(encoded)) << entry.path();
    ++compared;
  }
  EXPECT_GT(compared, 800);
}

}  // namespace
}  // namespace goldilocks::ml_program
