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

std::vector<std::string> ids_and_labels(const Dataset& dataset) {
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
  EXPECT_THAT(ids_and_labels(dataset),
              ElementsAre("french_fries/images (3).jpg 0", "hot_dog/a.jpg 1", "hot_dog/b.jpg 1"));
  EXPECT_EQ(dataset.samples[1].file, root_ / "hot_dog" / "a.jpg");
  EXPECT_EQ(dataset.path, root_);
}

TEST_F(ImageFolder, ClassesAreSortedAsTheyRead) {
  // "_" comes after letters, and the space that it reads as comes before them.
  add("hot_dog/a.jpg");
  add("hotel/a.jpg");
  add("Zebra/a.jpg");
  EXPECT_THAT(open_image_folder(root_).classes, ElementsAre("Zebra", "hot dog", "hotel"));
}

TEST_F(ImageFolder, SamplesAreInTheByteOrderOfTheirNames) {
  for (const char* name : {"a/2.jpg", "a/10.jpg", "a/B.jpg", "a/b.jpg", "a/é.jpg"}) add(name);
  EXPECT_THAT(ids_and_labels(open_image_folder(root_)),
              ElementsAre("a/10.jpg 0", "a/2.jpg 0", "a/B.jpg 0", "a/b.jpg 0", "a/é.jpg 0"));
}

TEST_F(ImageFolder, ImagesOfDifferentClassesMayShareAName) {
  add("a/same.jpg");
  add("b/same.jpg");
  EXPECT_THAT(ids_and_labels(open_image_folder(root_)), ElementsAre("a/same.jpg 0", "b/same.jpg 1"));
}

TEST_F(ImageFolder, HiddenFilesAndFilesBesideTheClassesAreLeftOut) {
  add("a/x.jpg");
  add("a/.DS_Store");
  add("a/.thumbnails/x.jpg");
  add(".git/config");
  add("README.md");
  EXPECT_THAT(ids_and_labels(open_image_folder(root_)), ElementsAre("a/x.jpg 0"));
}

TEST_F(ImageFolder, LinksAreFollowed) {
  write_file_atomically(folder_ / "elsewhere" / "x.jpg", std::string_view("x"));
  fs::create_directories(root_ / "b");
  fs::create_directory_symlink(folder_ / "elsewhere", root_ / "a");
  fs::create_symlink(folder_ / "elsewhere" / "x.jpg", root_ / "b" / "y.jpg");
  EXPECT_THAT(ids_and_labels(open_image_folder(root_)), ElementsAre("a/x.jpg 0", "b/y.jpg 1"));
}

TEST_F(ImageFolder, WhatIsNoImageByItsEndingIsPassedOver) {
  for (const char* name : {"a/X.JPG", "a/y.heic", "a/z.npy", "a/README", "a/labels.csv", "a/notes.txt", "a/Thumbs.db",
                           "a/noext", "a/v.json", "a/clip.mov", "__MACOSX/a/._X.JPG", "a/@eaDir/x.jpg"}) {
    add(name);
  }
  fs::create_symlink("nowhere", root_ / "a" / "old.txt");
  EXPECT_THAT(ids_and_labels(open_image_folder(root_)), ElementsAre("a/X.JPG 0", "a/y.heic 0", "a/z.npy 0"));
}

TEST_F(ImageFolder, AFileWithoutAnEndingCountsByItsContent) {
  write_file_atomically(root_ / "a" / "0001", std::string_view("\xFF\xD8\xFF\xE0 and so on"));
  write_file_atomically(root_ / "a" / "0002", std::string_view("\x93NUMPY\x01"));
  write_file_atomically(root_ / "a" / "0003", std::string_view("BMW, Saab"));
  write_file_atomically(root_ / "a" / "0004.bak", std::string_view("\xFF\xD8\xFF\xE0 and so on"));
  EXPECT_THAT(ids_and_labels(open_image_folder(root_)), ElementsAre("a/0001 0", "a/0002 0"));
}

TEST_F(ImageFolder, WhatHasAnImagesEndingAndCantBeReadIsASample) {
  add("a/x.jpg");
  fs::create_symlink("nowhere", root_ / "a" / "nowhere.jpg");
  fs::create_symlink("loop.jpg", root_ / "a" / "loop.jpg");
  ASSERT_EQ(::mkfifo((root_ / "a" / "pipe.png").c_str(), 0600), 0);
  const Dataset dataset = open_image_folder(root_);
  EXPECT_THAT(ids_and_labels(dataset), ElementsAre("a/loop.jpg 0", "a/nowhere.jpg 0", "a/pipe.png 0", "a/x.jpg 0"));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_THAT([&] { stored_image(dataset, i); },
                ::testing::ThrowsMessage<FileError>(::testing::StartsWith(dataset.samples[i].file.string() + ": ")));
  }
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
  add("b/.hidden.jpg");
  add("b/README.md");
  EXPECT_EQ(error(), (root_ / "b").string() + ": the folder of this class holds no image");
}

TEST_F(ImageFolder, KeepsTheNamesOfItsFoldersForTheModelToTell) {
  add("hot_dog/x.jpg");
  add("hot dog/x.jpg");
  const Dataset dataset = open_image_folder(root_);
  EXPECT_THAT(dataset.classes, ElementsAre("hot dog", "hot dog"));
  EXPECT_THAT(dataset.folders, ElementsAre("hot dog", "hot_dog"));
}

TEST_F(ImageFolder, NamesOfClassesAreInOneNormalForm) {
  add("cre\u0300me_bru\u0302le\u0301e/x.jpg");
  const Dataset dataset = open_image_folder(root_);
  EXPECT_THAT(dataset.classes, ElementsAre("cr\u00e8me br\u00fbl\u00e9e"));
  EXPECT_THAT(dataset.folders, ElementsAre("cr\u00e8me_br\u00fbl\u00e9e"));
  EXPECT_EQ(dataset.samples.front().id, "cre\u0300me_bru\u0302le\u0301e/x.jpg");  // as it is on the disk
}

TEST_F(ImageFolder, AFolderWithinAClassIsAnError) {
  add("a/x.jpg");
  add("a/more/y.jpg");
  EXPECT_THAT(error(), StartsWith((root_ / "a" / "more").string() + ": a folder within"));
}

TEST_F(ImageFolder, ANameThatIsNotUtf8IsAnError) {
  add("a/\xE9t\xE9.jpg");
  EXPECT_THAT(error(), HasSubstr("the name is not UTF-8"));
  fs::rename(root_ / "a/\xE9t\xE9.jpg", root_ / "a/\xE9t\xE9.txt");
  add("a/x.jpg");
  EXPECT_EQ(error(), "no error");
}

TEST(UnlabelledImages, LoopsOfLinksComeToAnEnd) {
  const testing::TemporaryFolder folder;
  write_file_atomically(folder / "a" / "x.jpg", std::string_view("x"));
  write_file_atomically(folder / "README", std::string_view("x"));
  fs::create_directory_symlink(".", folder / "a" / "itself");
  fs::create_directory_symlink("..", folder / "a" / "above");
  fs::create_symlink("loop", folder / "loop");
  fs::create_symlink("round.jpg", folder / "round.jpg");
  EXPECT_THAT(ids_and_labels(open_unlabelled_images(folder.path())), ElementsAre("a/x.jpg 0", "round.jpg 0"));
}

}  // namespace
}  // namespace goldilocks::data
