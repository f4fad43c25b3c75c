#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

#include "core/base/error.hpp"
#include "core/data/channels.hpp"
#include "core/data/dataset.hpp"
#include "core/data/npy.hpp"

namespace goldilocks::data {
namespace {

Image packed_image(const Dataset& dataset, std::size_t index) {
  const auto& shape = dataset.pixels_shape;
  Image image;
  image.height = static_cast<int>(shape[1]);
  image.width = static_cast<int>(shape[2]);
  image.channels = shape.size() == 4 ? 3 : 1;
  const std::size_t size = static_cast<std::size_t>(image.height) * static_cast<std::size_t>(image.width) *
                           static_cast<std::size_t>(image.channels);
  const auto pixels = std::span(dataset.pixels).subspan(index * size, size);
  image.pixels.assign(pixels.begin(), pixels.end());
  return image;
}

Image stored_image(const Dataset& dataset, std::size_t index) {
  const auto& file = dataset.samples[index].file;
  return file.empty() ? packed_image(dataset, index) : load_image(file);
}

// One line per image that can't be used, in the order of the samples; "" if all can.
std::string join(const std::vector<std::string>& problems) {
  std::string text;
  for (const auto& problem : problems) {
    if (!problem.empty()) text += (text.empty() ? "" : "\n") + problem;
  }
  return text;
}

}  // namespace

std::string prepare_images(const Dataset& dataset, int width, int height, int channels, const Preparation& preparation,
                           ThreadPool& pool) {
  if (width < 1 || height < 1 || (channels != 1 && channels != 3)) {
    throw std::invalid_argument("images can be prepared for a positive size and one or three channels");
  }
  const std::array<std::int64_t, 4> shape = {static_cast<std::int64_t>(dataset.samples.size()), height, width,
                                             channels};
  std::size_t size = 1;
  for (const std::int64_t side : shape) {
    if (__builtin_mul_overflow(size, static_cast<std::size_t>(side), &size) ||
        size > static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max())) {
      throw DataError(dataset.path.string() + ": the prepared images would be too large");
    }
  }
  std::string file = npy_header("|u1", shape);
  const std::size_t begin = file.size();
  file.resize(begin + size);

  const std::size_t image_size = dataset.samples.empty() ? 0 : size / dataset.samples.size();
  std::vector<std::string> problems(dataset.samples.size());
  pool.parallel_for(problems.size(), [&](std::size_t i) {
    try {
      // To the input's channels first: scaling one channel costs a third of scaling three.
      const Image image = with_channels(stored_image(dataset, i), channels);
      const Image fitted = fit_image(image, width, height, preparation);
      std::copy(fitted.pixels.begin(), fitted.pixels.end(),
                file.begin() + static_cast<std::ptrdiff_t>(begin + i * image_size));
    } catch (const DataError& error) {
      problems[i] = error.what();
    } catch (const FileError& error) {
      problems[i] = error.what();
    }
  });
  if (const std::string text = join(problems); !text.empty()) throw DataError(text);
  return file;
}

}  // namespace goldilocks::data
