#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <new>
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

// One line per image that can't be used, in the order of the samples.
std::string list(const std::vector<std::string>& problems) {
  std::string text;
  for (const auto& problem : problems) {
    if (!problem.empty()) text += (text.empty() ? "" : "\n") + problem;
  }
  return text;
}

// The unusable ones are as few as the limit says, and not all.
void check_problems(const Dataset& dataset, const std::vector<std::string>& problems, std::size_t max_unusable) {
  const auto count = static_cast<std::size_t>(
      std::count_if(problems.begin(), problems.end(), [](const std::string& problem) { return !problem.empty(); }));
  if (count == 0 || (count <= max_unusable && count < problems.size())) return;
  if (max_unusable == 0) throw DataError(list(problems));
  const std::string samples = std::to_string(count) + " of " + std::to_string(problems.size()) + " samples";
  const std::string why = count > max_unusable
                              ? ", more than 'max_unusable' allows (" + std::to_string(max_unusable) + ")"
                              : ", so that none is left";
  throw DataError(dataset.path.string() + ": " + samples + " can't be used" + why + ":\n" + list(problems));
}

// A picture's file, or its number in a packed dataset.
std::string shown_name(const Dataset& dataset, std::size_t index) {
  const auto& file = dataset.samples[index].file;
  return file.empty() ? dataset.path.string() + ": sample " + std::to_string(index) : file.string();
}

// Messages begin with the file; what is stored must not depend on where that lies.
std::string without_file(const std::string& problem, const std::filesystem::path& file) {
  const std::string begin = file.string() + ": ";
  return problem.starts_with(begin) ? problem.substr(begin.size()) : problem;
}

}  // namespace

Image stored_image(const Dataset& dataset, std::size_t index) {
  const auto& file = dataset.samples[index].file;
  return file.empty() ? packed_image(dataset, index) : load_image(file);
}

PreparedImages prepare_images(const Dataset& dataset, int width, int height, int channels,
                              const Preparation& preparation, std::size_t max_unusable, ThreadPool& pool) {
  if (width < 1 || height < 1 || (channels != 1 && channels != 3)) {
    throw std::invalid_argument("images can be prepared for a positive size and one or three channels");
  }
  const auto image_size =
      static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels);
  const std::size_t count = dataset.samples.size();
  if (count > static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max()) / image_size) {
    throw DataError(dataset.path.string() + ": the prepared images would be too large");
  }
  const auto shape = [&](std::size_t images) {
    return std::array<std::int64_t, 4>{static_cast<std::int64_t>(images), height, width, channels};
  };
  PreparedImages prepared;
  std::string& file = prepared.file;
  file = npy_header("|u1", shape(count));
  const std::size_t begin = file.size();
  file.resize(begin + count * image_size);
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
    } catch (const std::bad_alloc&) {
      problems[i] = shown_name(dataset, i) + ": there is not enough memory to prepare the image";
    }
  });
  check_problems(dataset, problems, max_unusable);

  std::size_t usable = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!problems[i].empty()) {
      prepared.unusable.push_back({i, without_file(problems[i], dataset.samples[i].file)});
      continue;
    }
    char* const images = file.data() + begin;
    if (usable != i) std::memcpy(images + usable * image_size, images + i * image_size, image_size);
    ++usable;
  }
  if (usable == count) return prepared;
  file.resize(begin + usable * image_size);
  file.replace(0, begin, npy_header("|u1", shape(usable)));
  return prepared;
}

std::string prepare_images(const Dataset& dataset, int width, int height, int channels, const Preparation& preparation,
                           ThreadPool& pool) {
  return prepare_images(dataset, width, height, channels, preparation, 0, pool).file;
}

}  // namespace goldilocks::data
