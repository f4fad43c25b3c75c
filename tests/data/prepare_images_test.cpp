#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/channels.hpp"
#include "core/data/dataset.hpp"
#include "tests/data/image_files.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::data {
namespace {

using ::testing::ElementsAre;
using testing::image_of;
using ::testing::IsEmpty;

// The images as they come, by sample; those that can't be used are empty.
struct Prepared {
  std::vector<std::vector<std::uint8_t>> images;
  std::vector<UnusableSample> unusable;

  bool operator==(const Prepared& other) const { return images == other.images; }
};

Prepared prepare(const Dataset& dataset, int width, int height, int channels, const Preparation& preparation,
                 ThreadPool& pool, std::size_t max_unusable = 0) {
  Prepared prepared;
  prepared.images.resize(dataset.samples.size());
  prepared.unusable = prepare_images(dataset, width, height, channels, preparation, max_unusable, pool,
                                     [&](std::size_t sample, std::span<const std::uint8_t> pixels) {
                                       prepared.images.at(sample).assign(pixels.begin(), pixels.end());
                                     });
  return prepared;
}

class PreparedFolder : public ::testing::Test {
 protected:
  void add(const std::string& name, const std::string& content) { write_file_atomically(root_ / name, content); }

  const testing::TemporaryFolder folder_;
  const std::filesystem::path root_ = folder_ / "images";
  ThreadPool pool_{2};
};

TEST_F(PreparedFolder, HoldsEachImageInTheOrderOfTheSamples) {
  add("b/x.png", testing::png_file(image_of(1, 1, {7, 8, 9})));
  add("a/x.png", testing::png_file(image_of(2, 1, {1, 2, 3, 4, 5, 6})));
  const Prepared prepared = prepare(open_image_folder(root_), 2, 1, 3, {Fit::scale_fill, Filter::nearest}, pool_);
  EXPECT_THAT(prepared.images, ElementsAre(ElementsAre(1, 2, 3, 4, 5, 6), ElementsAre(7, 8, 9, 7, 8, 9)));
}

TEST_F(PreparedFolder, IsGrayForAGrayInput) {
  add("a/x.png", testing::png_file(image_of(3, 1, {255, 0, 0, 0, 255, 0, 0, 0, 255})));
  add("a/y.png", testing::png_file(image_of(3, 1, {0, 123, 255})));
  const Prepared prepared = prepare(open_image_folder(root_), 3, 1, 1, {Fit::scale_fill, Filter::nearest}, pool_);
  EXPECT_THAT(prepared.images, ElementsAre(ElementsAre(76, 150, 29), ElementsAre(0, 123, 255)));
}

// 256 million pixels in 40 KB: legal, and more than this process may take.
TEST_F(PreparedFolder, APictureTooLargeForTheMemoryIsAnUnusableSample) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer takes more address space than may be limited";
#endif
  add("a/large.png", testing::png_file(16000, 16000, std::vector<std::uint8_t>(std::size_t{2000} * 16000),
                                       {.depth = 1, .color_type = 0}));
  add("a/small.png", testing::png_file(1, 1, {1, 2, 3}));
  const auto with_little_memory = [&] {
    constexpr rlim_t most = rlim_t{600} << 20U;
    const rlimit limit{most, most};
    if (::setrlimit(RLIMIT_AS, &limit) != 0) std::_Exit(1);
    ThreadPool pool(1);
    const Prepared prepared = prepare(open_image_folder(root_), 1, 1, 3, {}, pool, 1);
    std::cerr << prepared.unusable.at(0).sample << ": " << prepared.unusable.at(0).reason << '\n';
    std::_Exit(0);
  };
  EXPECT_EXIT(with_little_memory(), ::testing::ExitedWithCode(0), "0: there is not enough memory to decode the image");
}

TEST_F(PreparedFolder, AFewUnusableImagesAreLeftOutAndNamed) {
  add("a/broken.jpg", "\xFF\xD8\xFF and no more");
  add("a/good.png", testing::png_file(image_of(1, 1, {1, 2, 3})));
  add("b/fine.png", testing::png_file(image_of(1, 1, {4, 5, 6})));
  add("b/notes.jpg", "no image at all");
  Dataset dataset = open_image_folder(root_);
  dataset.samples.push_back({"b/nowhere.png", root_ / "b/nowhere.png", 1});
  const Prepared prepared = prepare(dataset, 1, 1, 3, {}, pool_, 3);
  EXPECT_THAT(prepared.images,
              ElementsAre(IsEmpty(), ElementsAre(1, 2, 3), ElementsAre(4, 5, 6), IsEmpty(), IsEmpty()));
  ASSERT_EQ(prepared.unusable.size(), 3U);
  EXPECT_EQ(prepared.unusable[0].sample, 0U);
  EXPECT_EQ(prepared.unusable[1].sample, 3U);
  EXPECT_EQ(prepared.unusable[2].sample, 4U);
  EXPECT_THAT(prepared.unusable[1].reason, ::testing::StartsWith("not an image: neither JPEG nor PNG"));
}

TEST_F(PreparedFolder, MoreUnusableImagesThanAllowedAreAllListed) {
  add("a/good.png", testing::png_file(image_of(1, 1, {1, 2, 3})));
  add("a/x.jpg", "x");
  add("a/y.jpg", "y");
  const auto error = [&](std::size_t limit) -> std::string {
    try {
      prepare(open_image_folder(root_), 1, 1, 3, {}, pool_, limit);
      return "no error";
    } catch (const DataError& problem) {
      return problem.what();
    }
  };
  EXPECT_THAT(error(1), ::testing::HasSubstr("2 of 3 samples can't be used, more than 'max_unusable' allows (1):\n"));
  EXPECT_THAT(error(1), ::testing::HasSubstr("/a/x.jpg: "));
  EXPECT_THAT(error(1), ::testing::HasSubstr("/a/y.jpg: "));
  EXPECT_EQ(error(2), "no error");
  std::filesystem::remove(root_ / "a/good.png");
  EXPECT_THAT(error(9), ::testing::HasSubstr("2 of 2 samples can't be used, so that none is left:\n"));
}

TEST_F(PreparedFolder, EveryImageThatCannotBeUsedIsListed) {
  add("a/broken.jpg", "\xFF\xD8\xFF and no more");
  add("a/empty.png", "");
  add("a/good.png", testing::png_file(image_of(1, 1, {1, 2, 3})));
  add("b/notes.jpg", "no image at all");
  try {
    prepare(open_image_folder(root_), 2, 2, 3, {}, pool_);
    FAIL() << "nothing was thrown";
  } catch (const DataError& error) {
    std::istringstream lines(error.what());
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);) all.push_back(line);
    ASSERT_EQ(all.size(), 3U) << error.what();
    EXPECT_THAT(all[0], ::testing::StartsWith((root_ / "a/broken.jpg").string() + ": can't decode the JPEG: "));
    EXPECT_EQ(all[1], (root_ / "a/empty.png").string() + ": the file is empty");
    EXPECT_EQ(all[2], (root_ / "b/notes.jpg").string() + ": not an image: neither JPEG nor PNG");
  }
}

TEST_F(PreparedFolder, AnImageThatHasGoneIsListedToo) {
  add("a/x.png", testing::png_file(image_of(1, 1, {1, 2, 3})));
  const Dataset dataset = open_image_folder(root_);
  std::filesystem::remove(root_ / "a/x.png");
  EXPECT_THAT(
      [&] { prepare(dataset, 2, 2, 3, {}, pool_); },
      ::testing::ThrowsMessage<DataError>(::testing::HasSubstr("a/x.png: can't read: No such file or directory")));
}

TEST_F(PreparedFolder, CancellingStopsIt) {
  add("a/x.png", testing::png_file(image_of(1, 1, {1, 2, 3})));
  const Dataset dataset = open_image_folder(root_);
  request_cancellation();
  EXPECT_THROW(prepare(dataset, 2, 2, 3, {}, pool_), Interrupted);
  clear_cancellation();
}

TEST(PreparedArrays, AreFittedToo) {
  Dataset dataset;
  dataset.classes = {"0"};
  dataset.samples = {{"0", {}, 0}, {"1", {}, 0}};
  dataset.packed = testing::packed_pixels({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  ThreadPool pool(1);
  const Prepared gray = prepare(dataset, 2, 2, 1, {}, pool);
  EXPECT_THAT(gray.images, ElementsAre(ElementsAre(1, 2, 3, 4), ElementsAre(5, 6, 7, 8)));
  const Prepared colour = prepare(dataset, 1, 1, 3, {Fit::scale_fill, Filter::nearest}, pool);
  EXPECT_THAT(colour.images, ElementsAre(ElementsAre(4, 4, 4), ElementsAre(8, 8, 8)));
}

TEST(WithChannels, GrayStaysTheSameThroughColour) {
  for (int level = 0; level < 256; ++level) {
    const Image gray = image_of(1, 1, {static_cast<std::uint8_t>(level)});
    EXPECT_EQ(with_channels(with_channels(gray, 3), 1).pixels, gray.pixels);
  }
}

class Fingerprint : public PreparedFolder {
 protected:
  std::string of(const std::filesystem::path& folder) { return fingerprint(open_image_folder(folder), pool_); }
};

TEST_F(Fingerprint, DependsOnContentsNamesAndLabelsAndNotOnThePlace) {
  add("a/x.png", "1");
  add("b/y.png", "2");
  const std::string original = of(root_);
  EXPECT_EQ(original.size(), 64U);
  std::filesystem::copy(root_, folder_ / "copy", std::filesystem::copy_options::recursive);
  EXPECT_EQ(of(folder_ / "copy"), original);

  add("b/y.png", "3");
  EXPECT_NE(of(root_), original);
  add("b/y.png", "2");
  EXPECT_EQ(of(root_), original);
  std::filesystem::rename(root_ / "b/y.png", root_ / "b/z.png");
  EXPECT_NE(of(root_), original);
  std::filesystem::rename(root_ / "b/z.png", root_ / "b/y.png");
  std::filesystem::rename(root_ / "b", root_ / "c");
  EXPECT_NE(of(root_), original);
}

TEST(PreparedArrays, TheirFingerprintDependsOnPixelsShapeAndLabels) {
  ThreadPool pool(1);
  Dataset dataset;
  dataset.classes = {"0", "1"};
  dataset.samples = {{"0", {}, 0}};
  dataset.packed = testing::packed_pixels({1, 2, 2}, {1, 2, 3, 4});
  const std::string original = fingerprint(dataset, pool);
  Dataset other = dataset;
  other.packed = testing::packed_pixels({1, 2, 2}, {1, 2, 3, 5});
  EXPECT_NE(fingerprint(other, pool), original);
  other = dataset;
  other.packed = testing::packed_pixels({1, 1, 4}, {1, 2, 3, 4});
  EXPECT_NE(fingerprint(other, pool), original);
  other = dataset;
  other.samples[0].label = 1;
  EXPECT_NE(fingerprint(other, pool), original);
  EXPECT_EQ(fingerprint(dataset, pool), original);
}

TEST(ReferenceImages, AllAreReadAndTheNumberOfThreadsMakesNoDifference) {
  GOLDILOCKS_REFERENCE_OR_SKIP(images, "images");
  const Dataset dataset = open_image_folder(images);
  EXPECT_THAT(dataset.classes, ElementsAre("french fries", "hamburger", "hot dog", "pizza", "ramen", "steak", "sushi"));
  EXPECT_EQ(dataset.samples.size(), 700U);
  ThreadPool one(1);
  ThreadPool four(4);
  const Prepared prepared = prepare(dataset, 227, 227, 3, {}, one);
  EXPECT_EQ(prepared.images.back().size(), 227U * 227 * 3);
  EXPECT_TRUE(prepare(dataset, 227, 227, 3, {}, four) == prepared);
  EXPECT_EQ(fingerprint(dataset, one), fingerprint(dataset, four));
}

}  // namespace
}  // namespace goldilocks::data
