#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/open_file.hpp"
#include "core/base/thread_pool.hpp"
#include "core/data/dataset.hpp"
#include "core/pipeline/predictions/input_source.hpp"

namespace goldilocks::pipeline {

// One input of a model in a file of prepared samples: images are uint8 [height, width, channels], arrays are float32.
struct PreparedInput {
  std::string name;
  bool image = false;
  std::vector<std::int64_t> dims;  // of one sample

  std::size_t size() const;  // in bytes, of one sample
};

// What goes into a model, sample by sample: an artifact that is read piece by piece, so that it may be larger than the
// memory. A header in JSON that is padded to a multiple of 64 bytes, then for each sample the values of each input in
// turn, little endian. Any thread.
class PreparedSamples {
 public:
  // Throws DataError for another file, or one that is cut short.
  explicit PreparedSamples(OpenFile file);

  std::size_t samples() const { return samples_; }
  const std::vector<PreparedInput>& inputs() const { return inputs_; }
  std::size_t sample_size() const { return sample_size_; }  // in bytes, of all inputs

  // Fills `values`, of sample_size(). Throws FileError.
  void read(std::size_t sample, std::span<std::byte> values) const;

 private:
  OpenFile file_;
  std::size_t samples_ = 0;
  std::size_t sample_size_ = 0;
  std::uint64_t begin_ = 0;
  std::vector<PreparedInput> inputs_;
};

// Writes the values of every input for every sample, as they come. Samples whose image can't be read are left out, as
// data::prepare_images() does, and returned. Images of a column must all be usable. Throws DataError, FileError.
std::vector<data::UnusableSample> prepare_samples(const std::vector<InputSource>& inputs, const data::Dataset& dataset,
                                                  const data::Preparation& preparation, std::size_t max_unusable,
                                                  ThreadPool& pool, OpenFile& to);

}  // namespace goldilocks::pipeline
