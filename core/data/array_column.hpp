#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"

namespace goldilocks::data {

struct Dataset;

// Arrays of one shape, or images, one for each sample of a dataset: what an input of a model takes, or what an output
// should give. It knows where they are; their values are read when they are wanted.
struct ArrayColumn {
  std::string name{};                          // of the input or output; "" stands for the only one
  std::filesystem::path path{};                // as it was named: a file, or a folder with one file for each sample
  std::string member{};                        // of a .npz: the array
  std::vector<std::filesystem::path> files{};  // of a folder: by sample
  std::vector<std::size_t> rows{};             // of a file: where each sample stands in it
  bool images = false;                         // the files are images, of any size
  std::string type{};                          // of arrays: numpy's, "<f4"
  std::vector<std::int64_t> shape{};           // of arrays: that of one sample
  bool as_stored = true;                       // of arrays: some can be read without the others
  // Of arrays that are in no file: float32, sample after sample; `rows` says where each stands, and `type` is "<f4".
  std::shared_ptr<const std::vector<float>> values{};

  std::size_t samples() const { return files.empty() ? rows.size() : files.size(); }
  std::size_t values_per_sample() const;  // of arrays
  std::string place() const;              // for messages: "x.npy", "x.npz['a']"
};

// The arrays at `path` for these samples:
//
//   a .npy file   [samples, ...], in the order of the samples
//   a .npz file   its array `name`, in the same way; without a name all of its arrays
//   a folder      at any depth, a file for each sample: that of the sample's id, whatever the ending; .npy files of one
//                 shape and type, or images
//
// Every header is read. Throws FileError, and DataError that begins with the file: not as described, other numbers of
// samples, a sample without a file, arrays that differ.
std::vector<ArrayColumn> open_arrays(const std::filesystem::path& path, const std::string& name,
                                     const Dataset& dataset);

// A dataset whose samples are the rows of a .npy or .npz file, by their numbers, or the files of a folder: of one
// folder per class where it holds nothing but folders and `by_class` is set. It has no arrays yet.
Dataset open_array_samples(const std::filesystem::path& path, const std::string& name, bool by_class);

// Classes for such a dataset from a .npy file of integers, [samples], or the array `labels` of a .npz file.
void set_labels(Dataset& dataset, const std::filesystem::path& labels);

// The column of some samples alone, in this order.
ArrayColumn take(const ArrayColumn& column, std::span<const std::size_t> samples);

// Of arrays: float32 [samples, shape...]; numbers that float32 doesn't have are rounded to nearest. Throws DataError
// for files that are not any more as they were when the column was opened.
std::vector<float> load_floats(const ArrayColumn& column, ThreadPool& pool);

// How many samples it is good to load at a time: some megabytes, or all of them where reading one means reading all.
std::size_t samples_at_once(const ArrayColumn& column);

// The images as a dataset without classes, which prepare_images() takes: those of a folder, or arrays of uint8, [H, W]
// or [H, W, 3]. Throws DataError for other arrays.
Dataset images_of(const ArrayColumn& column);

// A hash of all that determines the values.
std::string fingerprint(const ArrayColumn& column, ThreadPool& pool);

}  // namespace goldilocks::data
