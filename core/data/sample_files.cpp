#include "core/data/sample_files.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <spdlog/spdlog.h>

#include "core/base/file_ending.hpp"
#include "core/base/files_below.hpp"
#include "core/base/litter.hpp"
#include "core/base/os/files.hpp"
#include "core/base/paths.hpp"
#include "core/data/image_formats.hpp"

namespace goldilocks::data {
namespace {

namespace fs = std::filesystem;

// The beginning of a regular file; nothing of what can't be read.
std::string beginning_of(const fs::path& file) {
  std::string bytes(16, '\0');
  if (!is_plain_file(file)) return {};
  const os::Descriptor descriptor = os::open(file, os::Opening::read);
  if (!descriptor.is_open()) return {};
  bytes.resize(os::read_some(descriptor.number(), std::as_writable_bytes(std::span(bytes))).value_or(0));
  return bytes;
}

constexpr std::string_view npy_signature = "\x93NUMPY";

}  // namespace

bool has_image_ending(const fs::path& file) {
  return has_ending(file, {".jpg", ".jpeg", ".jpe", ".jfif", ".jfi",  ".jif",  ".pjpeg", ".pjp",  ".png", ".apng",
                           ".gif", ".bmp",  ".dib", ".tif",  ".tiff", ".webp", ".heic",  ".heif", ".hif", ".avif",
                           ".jxl", ".jp2",  ".j2k", ".ppm",  ".pgm",  ".pbm",  ".pnm",   ".tga"});
}

bool has_array_ending(const fs::path& file) { return has_ending(file, {".npy", ".npz"}); }

bool is_array_sample(const fs::path& file) {
  return has_array_ending(file) || (!file.has_extension() && beginning_of(file).starts_with(npy_signature));
}

std::vector<fs::path> samples_among(const std::vector<fs::path>& files) {
  std::vector<fs::path> samples;
  std::vector<fs::path> passed_over;  // although they are images
  for (const fs::path& file : files) {
    const bool by_ending = has_image_ending(file) || has_array_ending(file);
    const std::string beginning = by_ending ? std::string() : beginning_of(file);
    const bool is_image = begins_as_image(std::as_bytes(std::span(beginning)));
    if (by_ending || (!file.has_extension() && (is_image || beginning.starts_with(npy_signature)))) {
      samples.push_back(file);
    } else if (is_image) {
      passed_over.push_back(file);
    }
  }
  if (!passed_over.empty()) {
    spdlog::warn("{}: {} file{} passed over, which begin{} as an image but ha{} the ending of none",
                 passed_over.front().string(), passed_over.size(), passed_over.size() == 1 ? " is" : "s are",
                 passed_over.size() == 1 ? "s" : "", passed_over.size() == 1 ? "s" : "ve");
  }
  return samples;
}

std::vector<fs::path> samples_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::path& name : files_below(folder, is_hidden_or_litter)) files.push_back(folder / name);
  std::vector<fs::path> samples = samples_among(files);
  for (fs::path& sample : samples) sample = sample.lexically_relative(folder);
  return samples;
}

}  // namespace goldilocks::data
