#include "core/data/pack_dataset.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/data/image_files.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::data {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::image_of;

class PackedDataset : public ::testing::Test {
 protected:
  void add(const std::string& name, const std::string& content) {
    write_file_atomically(folder_ / "images" / name, content);
  }

  Dataset packed(const Dataset& dataset) {
    fs::create_directory(folder_ / "pack");
    pack_dataset(dataset, folder_ / "pack", pool_);
    return open_packed_dataset(folder_ / "pack");
  }

  // What is prepared from it: the pixels, one sample after another, and what is said of those that can't be used.
  std::vector<std::string> prepared(const Dataset& dataset) {
    std::vector<std::string> images(dataset.samples.size());
    const auto unusable = prepare_images(dataset, 2, 1, 3, {}, dataset.samples.size() - 1, pool_,
                                         [&](std::size_t sample, std::span<const std::uint8_t> pixels) {
                                           images[sample].assign(pixels.begin(), pixels.end());
                                         });
    for (const UnusableSample& sample : unusable) images[sample.sample] = sample.reason;
    return images;
  }

  const testing::TemporaryFolder folder_;
  ThreadPool pool_{2};
};

TEST_F(PackedDataset, PreparesTheSameWhereTheImagesAreGone) {
  add("a/x.png", testing::png_file(image_of(2, 1, {1, 2, 3, 4, 5, 6})));
  add("a/y.png", "no image");
  add("b/z.png", testing::png_file(image_of(1, 1, {7, 8, 9})));
  Dataset dataset = open_image_folder(folder_ / "images");
  dataset.samples.push_back({"b/gone.png", folder_ / "gone.png", 1});
  const auto expected = prepared(dataset);
  const Dataset opened = packed(dataset);
  fs::remove_all(folder_ / "images");
  EXPECT_EQ(prepared(opened), expected);
  EXPECT_EQ(opened.classes, dataset.classes);
  EXPECT_EQ(opened.path, dataset.path);
  for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
    EXPECT_EQ(opened.samples.at(i).id, dataset.samples[i].id);
    EXPECT_EQ(opened.samples[i].label, dataset.samples[i].label);
  }
}

TEST_F(PackedDataset, OfPixelsKeepsThoseOfItsSamples) {
  Dataset dataset;
  dataset.packed = testing::packed_pixels({3, 1, 2}, {1, 2, 3, 4, 5, 6});
  dataset.packed.rows = {2, 0};
  dataset.samples = {{"2", {}, 0}, {"0", {}, 0}};
  const Dataset opened = packed(dataset);
  EXPECT_EQ(prepared(opened), prepared(dataset));
  EXPECT_THAT(opened.packed.read(0).pixels, ElementsAre(5, 6));
}

TEST_F(PackedDataset, HasItsInputs) {
  const std::vector<std::int16_t> numbers = {1, -2, 3, -4};
  std::string array = npy_header("<i2", std::vector<std::int64_t>{2, 2});
  array.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(std::int16_t));
  write_file_atomically(folder_ / "x.npy", array);
  write_file_atomically(folder_ / "y.npy", npy_header("|u1", std::vector<std::int64_t>{2, 1, 2}) + "abcd");
  write_file_atomically(folder_ / "z/0.png", testing::png_file(image_of(1, 1, {1, 2, 3})));
  write_file_atomically(folder_ / "z/1.png", testing::png_file(image_of(1, 1, {4, 5, 6})));
  Dataset dataset = open_array_samples(folder_ / "x.npy", "x", false);
  for (const char* name : {"x", "y", "z"}) {
    const fs::path place = *name == 'z' ? folder_ / "z" : folder_ / (std::string(name) + ".npy");
    dataset.inputs.push_back(open_arrays(place, name, dataset).front());
  }
  const Dataset opened = packed(dataset);
  fs::remove_all(folder_ / "z");
  ASSERT_EQ(opened.inputs.size(), 3U);
  EXPECT_FALSE(opened.has_images);
  EXPECT_EQ(opened.inputs[0].name, "x");
  EXPECT_EQ(opened.inputs[0].shape, dataset.inputs[0].shape);
  EXPECT_THAT(load_floats(opened.inputs[0], pool_), ElementsAre(1, -2, 3, -4));
  EXPECT_THAT(images_of(opened.inputs[1]).packed.read(1).pixels, ElementsAre('c', 'd'));
  EXPECT_THAT(stored_image(images_of(opened.inputs[2]), 1).pixels, ElementsAre(4, 5, 6));
}

TEST_F(PackedDataset, AnotherFolderIsAnError) {
  write_file_atomically(folder_ / "samples.json", std::string_view("{}"));
  EXPECT_THROW(open_packed_dataset(folder_.path()), DataError);
  EXPECT_THROW(open_packed_dataset(folder_ / "nothing"), FileError);
}

}  // namespace
}  // namespace goldilocks::data
