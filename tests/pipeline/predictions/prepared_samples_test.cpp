#include "core/pipeline/predictions/prepared_samples.hpp"

#include <array>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "core/data/image.hpp"
#include "core/data/npy.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;

// Three samples: an image file each, of which the middle one is no image, and an array of two numbers each.
class ImagesAndArrays : public ::testing::Test {
 protected:
  ImagesAndArrays() {
    for (const char* name : {"a.png", "b.png", "c.png"}) {
      data::Image image{1, 1, 3, {static_cast<std::uint8_t>(name[0]), 2, 3}};
      const std::string content = name[0] == 'b' ? "no image" : data::encode_png(image);
      write_file_atomically(folder_ / name, content);
      dataset_.samples.push_back({name, folder_ / name, 0});
    }
    const std::vector<float> values = {1, 2, 3, 4, 5, 6};
    std::string array = data::npy_header("<f4", std::vector<std::int64_t>{3, 2});
    array.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    write_file_atomically(folder_ / "x.npy", array);
    dataset_.inputs = data::open_arrays(folder_ / "x.npy", "x", dataset_);
  }

  std::vector<data::UnusableSample> prepare(OpenFile& to, std::size_t threads) const {
    ThreadPool pool(threads);
    return prepare_samples(
        {{.name = "x", .column = 0, .shape = {2}}, {.name = "photo", .width = 1, .height = 1, .channels = 3}}, dataset_,
        {}, 1, pool, to);
  }

  const testing::TemporaryFolder folder_;
  data::Dataset dataset_;
};

TEST_F(ImagesAndArrays, StandSampleBySampleWithoutWhatCannotBeRead) {
  OpenFile file = OpenFile::in_memory("samples");
  const auto unusable = prepare(file, 2);
  ASSERT_EQ(unusable.size(), 1U);
  EXPECT_EQ(unusable[0].sample, 1U);
  const PreparedSamples samples(OpenFile::of_descriptor(file.descriptor(), "samples"));
  ASSERT_EQ(samples.samples(), 2U);
  ASSERT_EQ(samples.inputs().size(), 2U);
  EXPECT_FALSE(samples.inputs()[0].image);
  EXPECT_TRUE(samples.inputs()[1].image);
  ASSERT_EQ(samples.sample_size(), 2 * sizeof(float) + 3) << "images are bytes";
  std::vector<std::byte> row(samples.sample_size());
  samples.read(1, row);
  std::array<float, 2> floats{};
  std::memcpy(floats.data(), row.data(), sizeof(floats));
  EXPECT_THAT(floats, ElementsAre(5, 6));
  EXPECT_THAT(std::vector<std::byte>(row.begin() + sizeof(floats), row.end()),
              ElementsAre(std::byte{'c'}, std::byte{2}, std::byte{3}));
  EXPECT_EQ(file.size() % 64, 2 * samples.sample_size()) << "nothing is left behind the last sample";
}

TEST_F(ImagesAndArrays, AreTheSameBytesOnAnyNumberOfThreads) {
  OpenFile one = OpenFile::in_memory("one");
  OpenFile four = OpenFile::in_memory("four");
  prepare(one, 1);
  prepare(four, 4);
  EXPECT_EQ(sha256_of_file(one), sha256_of_file(four));
}

TEST_F(ImagesAndArrays, CutShortAtAnyByteIsAnError) {
  OpenFile file = OpenFile::in_memory("samples");
  prepare(file, 1);
  for (std::uint64_t size = file.size(); size-- > 0;) {
    file.resize(size);
    EXPECT_THROW(PreparedSamples(OpenFile::of_descriptor(file.descriptor(), "samples")), DataError) << size;
  }
}

TEST_F(ImagesAndArrays, OfManySamplesAreReadInParts) {
  constexpr std::size_t count = 6;
  constexpr std::size_t values = 1 << 20;  // of which four samples are read at once
  std::vector<float> array(count * values);
  for (std::size_t i = 0; i < array.size(); ++i) array[i] = static_cast<float>(i % 65521);
  std::string content = data::npy_header("<f4", std::vector<std::int64_t>{count, values});
  content.append(reinterpret_cast<const char*>(array.data()), array.size() * sizeof(float));
  write_file_atomically(folder_ / "large.npy", content);
  data::Dataset dataset = data::open_array_samples(folder_ / "large.npy", "x", false);
  dataset.inputs = data::open_arrays(folder_ / "large.npy", "x", dataset);
  OpenFile file = OpenFile::in_memory("samples");
  ThreadPool pool(2);
  prepare_samples({{.name = "x", .column = 0, .shape = {values}}}, dataset, {}, 0, pool, file);
  const PreparedSamples samples(std::move(file));
  ASSERT_EQ(samples.samples(), count);
  std::vector<float> row(values);
  for (std::size_t i = 0; i < count; ++i) {
    samples.read(i, std::as_writable_bytes(std::span(row)));
    EXPECT_TRUE(std::equal(row.begin(), row.end(), array.begin() + static_cast<std::ptrdiff_t>(i * values))) << i;
  }
}

}  // namespace
}  // namespace goldilocks::pipeline
