#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/dataset.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::data {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ImageFolder : public ::testing::Test {
 protected:
  void add(const std::string& name) { write_file_atomically(root_ / name, name); }

  std::string error() {
    try {
      open_image_folder(root_);
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  }

  const testing::TemporaryFolder folder_;
  const fs::path root_ = folder_ / "images";
};

std::vector<std::string> ids(const Dataset& dataset) {
  std::vector<std::string> all;
  for (const auto& sample : dataset.samples) all.push_back(sample.id + " " + std::to_string(sample.label));
  return all;
}

TEST_F(ImageFolder, HasOneClassPerFolderAndUnderscoresReadAsSpaces) {
  add("hot_dog/b.jpg");
  add("hot_dog/a.jpg");
  add("french_fries/images (3).jpg");
  const Dataset dataset = open_image_folder(root_);
  EXPECT_THAT(dataset.classes, ElementsAre("french fries", "hot dog"));
  EXPECT_THAT(ids(dataset), ElementsAre("french_fries/images (3).jpg 0", "hot_dog/a.jpg 1", "hot_dog/b.jpg 1"));
  EXPECT_EQ(dataset.samples[1].file, root_ / "hot_dog" / "a.jpg");
  EXPECT_EQ(dataset.path, root_);
}

TEST_F(ImageFolder, ClassesAreSortedAsTheyRead) {
  // "_" comes after letters, and the space that it reads as comes before them.
  add("hot_dog/a");
  add("hotel/a");
  add("Zebra/a");
  EXPECT_THAT(open_image_folder(root_).classes, ElementsAre("Zebra", "hot dog", "hotel"));
}

TEST_F(ImageFolder, SamplesAreInTheByteOrderOfTheirNames) {
  for (const char* name : {"a/2.jpg", "a/10.jpg", "a/B.jpg", "a/b.jpg", "a/é.jpg"}) add(name);
  EXPECT_THAT(ids(open_image_folder(root_)),
              ElementsAre("a/10.jpg 0", "a/2.jpg 0", "a/B.jpg 0", "a/b.jpg 0", "a/é.jpg 0"));
}

TEST_F(ImageFolder, ImagesOfDifferentClassesMayShareAName) {
  add("a/same.jpg");
  add("b/same.jpg");
  EXPECT_THAT(ids(open_image_folder(root_)), ElementsAre("a/same.jpg 0", "b/same.jpg 1"));
}

TEST_F(ImageFolder, HiddenFilesAndFilesBesideTheClassesAreLeftOut) {
  add("a/x.jpg");
  add("a/.DS_Store");
  add("a/.thumbnails/x.jpg");
  add(".git/config");
  add("README.md");
  EXPECT_THAT(ids(open_image_folder(root_)), ElementsAre("a/x.jpg 0"));
}

TEST_F(ImageFolder, LinksAreFollowed) {
  write_file_atomically(folder_ / "elsewhere" / "x.jpg", std::string_view("x"));
  fs::create_directories(root_ / "b");
  fs::create_directory_symlink(folder_ / "elsewhere", root_ / "a");
  fs::create_symlink(folder_ / "elsewhere" / "x.jpg", root_ / "b" / "y.jpg");
  EXPECT_THAT(ids(open_image_folder(root_)), ElementsAre("a/x.jpg 0", "b/y.jpg 1"));
}

TEST_F(ImageFolder, ALinkThatLeadsNowhereIsAnError) {
  add("a/x.jpg");
  fs::create_symlink("nowhere", root_ / "a" / "y.jpg");
  EXPECT_EQ(error(), (root_ / "a" / "y.jpg").string() + ": the link leads nowhere");
}

TEST_F(ImageFolder, NoSuchFolderIsAnError) {
  EXPECT_EQ(error(), root_.string() + ": there is no such folder");
  write_file_atomically(root_, std::string_view("a file"));
  EXPECT_EQ(error(), root_.string() + ": not a folder of images");
}

TEST_F(ImageFolder, NoFolderOfAClassIsAnError) {
  add("x.jpg");
  EXPECT_EQ(error(), root_.string() + ": holds no folder; images lie in one folder per class");
}

TEST_F(ImageFolder, AClassWithoutAnImageIsAnError) {
  add("a/x.jpg");
  add("b/.hidden");
  EXPECT_EQ(error(), (root_ / "b").string() + ": the folder of this class holds no image");
}

TEST_F(ImageFolder, TwoFoldersThatReadAsTheSameClassAreAnError) {
  add("hot_dog/x.jpg");
  add("hot dog/x.jpg");
  EXPECT_THAT(error(), AllOf(StartsWith((root_ / "hot_dog").string() + ": reads as the class 'hot dog'"),
                             HasSubstr((root_ / "hot dog").string())));
}

TEST_F(ImageFolder, AFolderWithinAClassIsAnError) {
  add("a/x.jpg");
  add("a/more/y.jpg");
  EXPECT_THAT(error(), StartsWith((root_ / "a" / "more").string() + ": a folder within"));
}

TEST_F(ImageFolder, WhatIsNoFileIsAnError) {
  add("a/x.jpg");
  ASSERT_EQ(::mkfifo((root_ / "a" / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(error(), (root_ / "a" / "pipe").string() + ": not a file");
}

TEST_F(ImageFolder, ANameThatIsNotUtf8IsAnError) {
  add("a/\xE9t\xE9.jpg");
  EXPECT_THAT(error(), HasSubstr("the name is not UTF-8"));
}

}  // namespace
}  // namespace goldilocks::data
