#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/array_column.hpp"
#include "core/data/dataset.hpp"
#include "core/data/npy.hpp"
#include "core/data/packed_pixels.hpp"

namespace goldilocks::data {
namespace {

// Labels as text in numerical order, and each sample's index among them.
struct Labels {
  std::vector<std::string> classes;
  std::vector<std::uint32_t> of_sample;
};

template <typename Integer>
Labels read_labels(const NpyView& array) {
  std::vector<Integer> values(array.values.size() / sizeof(Integer));
  if (!values.empty()) std::memcpy(values.data(), array.values.data(), array.values.size());
  std::vector<Integer> distinct = values;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());

  Labels labels;
  for (const Integer value : distinct) labels.classes.push_back(std::to_string(value));
  for (const Integer value : values) {
    const auto place = std::lower_bound(distinct.begin(), distinct.end(), value) - distinct.begin();
    labels.of_sample.push_back(static_cast<std::uint32_t>(place));
  }
  return labels;
}

Labels read_labels(const NpyView& array, const std::filesystem::path& file) {
  if (array.shape.size() != 1) throw DataError(file.string(), "labels must have one dimension");
  if (array.type == "|u1") return read_labels<std::uint8_t>(array);
  if (array.type == "|i1") return read_labels<std::int8_t>(array);
  if (array.type == "<u2") return read_labels<std::uint16_t>(array);
  if (array.type == "<i2") return read_labels<std::int16_t>(array);
  if (array.type == "<u4") return read_labels<std::uint32_t>(array);
  if (array.type == "<i4") return read_labels<std::int32_t>(array);
  if (array.type == "<u8") return read_labels<std::uint64_t>(array);
  if (array.type == "<i8") return read_labels<std::int64_t>(array);
  throw DataError(file.string(), "labels must be integers, not of the type '" + array.type + "'");
}

void check_images(const NpyView& array, const std::filesystem::path& file) {
  const auto& shape = array.shape;
  if (array.type != "|u1") {
    throw DataError(file.string(), "images must be unsigned bytes ('|u1'), not of the type '" + array.type + "'");
  }
  if (shape.size() != 3 && (shape.size() != 4 || shape[3] != 3)) {
    throw DataError(file.string(), "images must be of the shape [N, H, W] or [N, H, W, 3]");
  }
  if (shape[0] == 0) throw DataError(file.string(), "holds no image");
  if (shape[1] == 0 || shape[2] == 0) throw DataError(file.string(), "the images are of zero size");
  if (shape[1] > std::numeric_limits<int>::max() / 3 || shape[2] > std::numeric_limits<int>::max() / 3) {
    throw DataError(file.string(), "the images are too large");
  }
}

PackedPixels packed_shape(const NpyView& array, const std::filesystem::path& images) {
  check_images(array, images);
  PackedPixels packed;
  packed.height = static_cast<int>(array.shape[1]);
  packed.width = static_cast<int>(array.shape[2]);
  packed.channels = array.shape.size() == 4 ? 3 : 1;
  packed.rows.resize(static_cast<std::size_t>(array.shape[0]));
  std::iota(packed.rows.begin(), packed.rows.end(), std::size_t{0});
  return packed;
}

}  // namespace

std::size_t PackedPixels::image_size() const {
  return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
}

Image PackedPixels::read(std::size_t sample) const {
  Image image{width, height, channels, std::vector<std::uint8_t>(image_size())};
  file->read(begin + std::uint64_t{rows.at(sample)} * image_size(), std::as_writable_bytes(std::span(image.pixels)));
  return image;
}

PackedPixels open_packed_pixels(const std::filesystem::path& images) {
  const MappedFile mapped(images);
  const NpyView array = parse_npy(mapped.bytes(), images.string());
  if (array.copied) return keep_packed_pixels(array, images);
  PackedPixels packed = packed_shape(array, images);
  packed.file = std::make_shared<OpenFile>(images);
  packed.begin = static_cast<std::uint64_t>(array.values.data() - mapped.bytes().data());
  return packed;
}

PackedPixels keep_packed_pixels(const NpyView& array, const std::filesystem::path& images) {
  PackedPixels packed = packed_shape(array, images);
  OpenFile file = OpenFile::in_memory(images);
  file.write(0, array.values);
  packed.file = std::make_shared<OpenFile>(std::move(file));
  return packed;
}

void set_labels(Dataset& dataset, const NpyView& array, const std::filesystem::path& labels) {
  const Labels read = read_labels(array, labels);
  if (read.of_sample.size() != dataset.samples.size()) {
    throw DataError(labels.string(), "has " + std::to_string(read.of_sample.size()) + " labels for the " +
                                         std::to_string(dataset.samples.size()) +
                                         (dataset.has_images ? " images of " : " samples of ") + dataset.path.string());
  }
  dataset.classes = read.classes;
  for (std::size_t i = 0; i < dataset.samples.size(); ++i) dataset.samples[i].label = read.of_sample[i];
}

Dataset open_packed_images(const std::filesystem::path& images, const std::filesystem::path& labels) {
  Dataset dataset;
  dataset.path = images;
  dataset.packed = open_packed_pixels(images);
  for (const std::size_t row : dataset.packed.rows) dataset.samples.push_back({std::to_string(row), {}, 0});
  set_labels(dataset, labels);
  return dataset;
}

}  // namespace goldilocks::data
