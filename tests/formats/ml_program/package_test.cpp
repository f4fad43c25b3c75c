#include "core/formats/ml_program/package.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/formats/ml_program/validate.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/zip_file.hpp"

namespace goldilocks::ml_program {
namespace {

namespace fs = std::filesystem;
using goldilocks::testing::TemporaryFolder;
using goldilocks::testing::zip_of;
using ::testing::HasSubstr;
using namespace ml_program::testing;

model::spec::Model relu_model() {
  return program("CoreML5", {{"x", fp32({2, 3})}}).op("relu", {{"x", "x"}}, "y", fp32({2, 3})).outputs({"y"}).model();
}

std::string refusal(const fs::path& path) {
  try {
    Package::open(path);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

class PackageFolder : public ::testing::Test {
 protected:
  PackageFolder() { write_package(path(), relu_model(), BlobBytes().bytes()); }
  fs::path path() const { return folder_ / "model.mlpackage"; }
  fs::path data() const { return path() / "Data/com.apple.CoreML"; }

  TemporaryFolder folder_;
};

TEST_F(PackageFolder, IsOpenedThroughItsManifest) {
  const Package package = Package::open(path());
  EXPECT_TRUE(package.model().has_mlprogram());
  ASSERT_NE(package.manifest(), nullptr);
  EXPECT_EQ(package.manifest()->root, "M");
  ASSERT_EQ(package.files().size(), 3U);
  EXPECT_EQ(package.files()[2].path, "Manifest.json");
}

TEST_F(PackageFolder, MayBeZipped) {
  const std::string manifest = small_manifest(false);
  const std::string model = model::serialize_model(relu_model());
  for (const bool deflated : {false, true}) {
    for (const std::string top : {"", "model.mlpackage/"}) {
      const fs::path zip = folder_ / "model.mlpackage.zip";
      write_text(zip, zip_of({{top + "Manifest.json", manifest}, {top + "Data/com.apple.CoreML/model.mlmodel", model}},
                             deflated));
      Package package = Package::open(zip);
      EXPECT_TRUE(validate(package.model(), package.weights()).empty());
    }
  }
}

TEST_F(PackageFolder, IsRefusedAsAZipThatLeavesItselfOrHoldsNoPackage) {
  const fs::path zip = folder_ / "model.zip";
  for (const std::string name : {"../escape", "/absolute", "a/../../b", "back\\slash"}) {
    write_text(zip, zip_of({{"Manifest.json", small_manifest(false)}, {name, "x"}}, false));
    EXPECT_THAT(refusal(zip), HasSubstr("names a place outside of it")) << name;
  }
  for (const auto& [member, words] : std::vector<std::pair<std::string, std::string>>{
           {"readme.txt", "not a Core ML model but a zip archive"},
           {"archive/data.pkl", "a zip archive of PyTorch; convert the model to Core ML first"},
           {"a/b/Manifest.json", "not a Core ML model but a zip archive"},
           {"x.mlpackage/Data/com.apple.CoreML/model.mlmodel", "holds a package without its Manifest.json"}}) {
    write_text(zip, zip_of({{member, "x"}}, false));
    EXPECT_THAT(refusal(zip), HasSubstr(words));
  }
  write_text(zip, zip_of({{"a/Manifest.json", "x"}, {"b/Manifest.json", "x"}}, false));
  EXPECT_THAT(refusal(zip), HasSubstr("holds 2 packages"));
  // Litter is no package, whatever is in it.
  write_text(zip,
             zip_of({{"a/Manifest.json", "x"}, {"__MACOSX/Manifest.json", "x"}, {"@eaDir/Manifest.json", "x"}}, false));
  EXPECT_THAT(refusal(zip), ::testing::Not(HasSubstr("packages")));
  write_text(zip, zip_of({{"a/b", "x"}, {"a//b", "y"}}, false));
  EXPECT_THAT(refusal(zip), HasSubstr("there twice"));
  write_text(zip, "PK\x03\x04 and nothing else");
  EXPECT_THAT(refusal(zip), HasSubstr("not a zip archive that can be read"));
  EXPECT_FALSE(fs::exists(folder_ / "escape"));
}

TEST_F(PackageFolder, IsNoFile) {
  const fs::path file = folder_ / "file.mlpackage";
  write_text(file, model::serialize_model(relu_model()));
  EXPECT_THAT(refusal(file), HasSubstr("a package is a folder, and this is a file"));
  EXPECT_THAT(refusal(folder_ / "missing.mlpackage"), HasSubstr("missing.mlpackage: can't read"));
  EXPECT_THAT(refusal(folder_.path()), HasSubstr("'Manifest.json' is not in the package"));
}

TEST_F(PackageFolder, MayNotLeadOutByALink) {
  const fs::path outside = folder_ / "outside";
  fs::rename(data() / "model.mlmodel", outside);
  fs::create_symlink(outside, data() / "model.mlmodel");
  EXPECT_THAT(refusal(path()), HasSubstr("leads out of the package"));
  fs::remove(data() / "model.mlmodel");
  fs::rename(outside, data() / "model.mlmodel");

  fs::rename(data() / "weights", outside);
  fs::create_directory_symlink(outside, data() / "weights");
  EXPECT_THAT(refusal(path()), HasSubstr("leads out of the package"));
  fs::remove(data() / "weights");
  fs::rename(outside, data() / "weights");

  fs::rename(path() / "Manifest.json", outside);
  fs::create_symlink(outside, path() / "Manifest.json");
  EXPECT_THAT(refusal(path()), HasSubstr("leads out of the package"));
}

TEST_F(PackageFolder, MayBeALinkItself) {
  fs::create_directory_symlink(path(), folder_ / "link.mlpackage");
  EXPECT_EQ(refusal(folder_ / "link.mlpackage"), "");
}

TEST_F(PackageFolder, HoldsOneModel) {
  write_text(data() / "second.mlmodel", "x");
  std::string manifest = small_manifest();
  const std::string second = R"("itemInfoEntries": {
    "N": {"author": "org.example", "description": "", "name": "second", "path": "com.apple.CoreML/second.mlmodel"},)";
  manifest.replace(manifest.find(R"("itemInfoEntries": {)"), 20, second);
  write_text(path() / "Manifest.json", manifest);
  EXPECT_THAT(refusal(path()), HasSubstr("two models are listed"));
}

TEST_F(PackageFolder, SaysOfATruncatedModelThatItIsDamaged) {
  fs::resize_file(data() / "model.mlmodel", fs::file_size(data() / "model.mlmodel") / 2);
  EXPECT_THAT(refusal(path()), HasSubstr("truncated or damaged"));
}

TEST(BareModel, IsReadWithTheWeightsBesideIt) {
  const TemporaryFolder folder;
  BlobBytes blobs;
  const std::uint64_t offset = blobs.add(2, std::vector<std::uint8_t>(48));
  const model::spec::Model model = program("CoreML5", {{"x", fp32({2, 3})}})
                                       .constant("w", blob(fp32({4, 3}), offset))
                                       .op("linear", {{"x", "x"}, {"weight", "w"}}, "y", fp32({2, 4}))
                                       .outputs({"y"})
                                       .model();
  write_text(folder / "model.mlmodel", model::serialize_model(model));
  write_text(folder / "weights/weight.bin", blobs.bytes());
  Package package = Package::open(folder / "model.mlmodel");
  EXPECT_EQ(package.manifest(), nullptr);
  EXPECT_TRUE(validate(package.model(), package.weights()).empty());
}

TEST(Weights, MayLieInSeveralFilesAndBehindFourGigabytes) {
  const TemporaryFolder folder;
  BlobBytes first;
  const std::uint64_t near = first.add(2, std::vector<std::uint8_t>(48));
  const model::spec::Model model =
      program("CoreML5", {{"x", fp32({2, 3})}})
          .constant("a", blob(fp32({4, 3}), near))
          .constant("b", blob(fp32({4, 4}), std::uint64_t{5} << 30U, "@model_path/weights/far.bin"))
          .op("linear", {{"x", "x"}, {"weight", "a"}}, "y", fp32({2, 4}))
          .op("linear", {{"x", "y"}, {"weight", "b"}}, "z", fp32({2, 4}))
          .outputs({"z"})
          .model();
  const fs::path path = folder / "m.mlpackage";
  write_package(path, model, first.bytes());
  const fs::path far = path / "Data/com.apple.CoreML/weights/far.bin";
  const std::string header = BlobBytes().bytes();
  BlobBytes one;
  one.add(2, std::vector<std::uint8_t>(64));
  const std::uint64_t offset = std::uint64_t{5} << 30U;
  one.put<std::uint64_t>(64 + 16, offset + 64);
  write_text(far, header);
  fs::resize_file(far, offset);
  std::ofstream(far, std::ios::binary | std::ios::app) << one.bytes().substr(64);

  Package package = Package::open(path);
  EXPECT_TRUE(validate(package.model(), package.weights()).empty());
}

TEST(ManifestText, IsReadAgainAsItWasWritten) {
  const Manifest manifest = parse_manifest(small_manifest(), "here");
  const std::string text = manifest_text(manifest);
  EXPECT_TRUE(
      text.starts_with("{\n    \"fileFormatVersion\": \"1.0.0\",\n    \"itemInfoEntries\": {\n        \"M\": {"));
  EXPECT_TRUE(text.ends_with("}\n"));
  EXPECT_EQ(manifest_text(parse_manifest(text, "there")), text);
}

}  // namespace
}  // namespace goldilocks::ml_program
