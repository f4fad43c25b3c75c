#include <algorithm>
#include <new>
#include <stdexcept>

#include "core/base/error.hpp"
#include "core/base/system_fault.hpp"
#include "core/data/channels.hpp"
#include "core/data/dataset.hpp"

namespace goldilocks::data {
namespace {

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
  throw DataError(dataset.path.string(), samples + " can't be used" + why + ":\n" + list(problems));
}

// A picture's file, or its number in a packed dataset.
std::string shown_name(const Dataset& dataset, std::size_t index) {
  const Sample& sample = dataset.samples[index];
  return sample.file.empty() ? dataset.path.string() + ": sample " + std::to_string(index) : sample.place();
}

}  // namespace

Image stored_image(const Dataset& dataset, std::size_t index) {
  const Sample& sample = dataset.samples[index];
  if (sample.image) return sample.image();
  if (sample.file.empty()) return dataset.packed.read(index);
  if (!sample.range) return load_image(sample.file);
  std::vector<std::byte> bytes(sample.range->size);
  OpenFile(sample.file).read(sample.range->begin, bytes);
  return decode_image(bytes, sample.place());
}

std::vector<UnusableSample> prepare_images(const Dataset& dataset, int width, int height, int channels,
                                           const Preparation& preparation, std::size_t max_unusable, ThreadPool& pool,
                                           const TakeImage& take) {
  if (width < 1 || height < 1 || (channels != 1 && channels != 3)) {
    throw std::invalid_argument("images can be prepared for a positive size and one or three channels");
  }
  std::vector<std::string> problems(dataset.samples.size());
  std::vector<std::string> stored(dataset.samples.size());  // what is stored must not depend on where the file lies
  const auto note = [&](std::size_t sample, const Error& error) {
    problems[sample] = error.what();
    stored[sample] = error.text_within(dataset.samples[sample].place());
  };
  pool.parallel_for(problems.size(), [&](std::size_t i) {
    Image fitted;
    try {
      // To the input's channels first: scaling one channel costs a third of scaling three.
      const Image image = with_channels(stored_image(dataset, i), channels);
      fitted = fit_image(image, width, height, preparation);
    } catch (const DataError& error) {
      note(i, error);
    } catch (const SystemFault&) {
      throw;
    } catch (const FileError& error) {
      note(i, error);
    } catch (const std::bad_alloc&) {
      note(i, DataError(shown_name(dataset, i), "there is not enough memory to prepare the image"));
    }
    if (problems[i].empty()) take(i, fitted.pixels);
  });
  check_problems(dataset, problems, max_unusable);
  std::vector<UnusableSample> unusable;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    if (!problems[i].empty()) unusable.push_back({i, stored[i]});
  }
  return unusable;
}

}  // namespace goldilocks::data
