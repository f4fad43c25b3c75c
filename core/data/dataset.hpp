#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/file.hpp"
#include "core/base/thread_pool.hpp"
#include "core/data/array_column.hpp"
#include "core/data/image.hpp"
#include "core/data/packed_pixels.hpp"

namespace goldilocks::data {

// Some bytes of a file.
struct FileRange {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

struct Sample {
  std::string id;              // unique in the dataset: "french_fries/images (3).jpg", or the index in a packed file
  std::filesystem::path file;  // empty in a packed dataset
  std::uint32_t label = 0;     // index into Dataset::classes
  std::optional<FileRange> range{};  // where the image is a part of the file
  // Of an image that is neither in a file nor packed: gives it, from any thread. What it throws is what keeps the image
  // from being used where it is a DataError; anything else ends the work.
  std::function<Image()> image{};

  // What messages about its image begin with.
  std::string place() const { return range ? id : file.string(); }
};

// Images: a folder with one folder per class, a list of files, or packed arrays; arrays; or both.
struct Dataset {
  std::filesystem::path path;
  // Sorted, in Unicode's normal form; none: no labels. Those of folders are the folders' names with spaces for "_",
  // until a model's labels tell better (evaluation::map_classes()).
  std::vector<std::string> classes;
  std::vector<std::string> folders;  // the folders' names as they are, or "" of other classes; empty: no folders at all
  std::vector<Sample> samples;       // by class, then by id; packed: in file order
  PackedPixels packed;               // of packed datasets only
  bool has_images = true;            // otherwise the samples are arrays alone
  std::vector<ArrayColumn> inputs;   // what models take beside images
  std::vector<ArrayColumn> targets;  // what models should give
  bool sequences = false;            // each sample is a sequence: the arrays' first dimension are its steps
  std::string next_token;            // the input whose values are tokens, each of which models foretell; "": none
};

// One folder per class. What counts in them says sample_files.hpp; files that can't be read are errors when decoded,
// not here. Throws DataError: no such folder, no class folder, a class folder without a file.
Dataset open_image_folder(const std::filesystem::path& folder);

// Whether files of this ending lie in the folder itself (has_image_ending, has_array_ending), so that it is no folder
// of classes.
bool holds_samples(const std::filesystem::path& folder, bool (*has_their_ending)(const std::filesystem::path&));

// images: .npy of uint8 [N, H, W] or [N, H, W, 3]; labels: as set_labels() takes them. Classes are the labels as text,
// in numerical order.
Dataset open_packed_images(const std::filesystem::path& images, const std::filesystem::path& labels);

// A list of image files with their labels, CSV with the columns `file` and `label` or JSON (pairs_file.hpp). Paths are
// relative to the list's folder; as they are written, they are the samples' ids. Names of files, too, may be in another
// normal form than on the disk. Files that are missing are found when they are decoded. Throws FileError, and DataError
// that names the place: an empty list, a file that is listed twice.
Dataset open_image_list(const std::filesystem::path& list);

// Images without labels: a folder, at any depth, in the order of their paths, or a packed .npy file. What counts in the
// folder says sample_files.hpp. Throws FileError, and DataError: no image in it, a name that is not UTF-8.
Dataset open_unlabelled_images(const std::filesystem::path& images);

// By its ending: .csv or .json.
bool is_image_list(const std::filesystem::path& file);

// A hash of all that determines the samples but for their targets: every file's content, ids and labels, in order. A
// file that can't be read
// counts as one without content: prepare_images() tells.
std::string fingerprint(const Dataset& dataset, ThreadPool& pool);

// A sample as it lies in the dataset: decoded, in its own size. Throws DataError, FileError.
Image stored_image(const Dataset& dataset, std::size_t sample);

struct UnusableSample {
  std::size_t sample = 0;  // index into Dataset::samples
  std::string reason;      // without the file's name: "not an image: neither JPEG nor PNG"
};

// What takes a prepared image, [height, width, channels]; the sample is an index into Dataset::samples. Called from any
// thread, at once for several samples.
using TakeImage = std::function<void(std::size_t sample, std::span<const std::uint8_t> pixels)>;

// Every image decoded and fitted for one input size, where channels is 3, or 1 for gray model inputs (luma of Rec. 601,
// as Core ML's grayscale pixel buffers), and handed over. Images that can't be read are left out, and returned in their
// order; if they are more than `max_unusable`, or all, DataError lists every one.
std::vector<UnusableSample> prepare_images(const Dataset& dataset, int width, int height, int channels,
                                           const Preparation& preparation, std::size_t max_unusable, ThreadPool& pool,
                                           const TakeImage& take);

}  // namespace goldilocks::data
