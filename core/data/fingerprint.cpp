#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/data/dataset.hpp"

namespace goldilocks::data {

std::string fingerprint(const Dataset& dataset, ThreadPool& pool) {
  std::vector<std::string> contents(dataset.samples.size());
  pool.parallel_for(contents.size(), [&](std::size_t i) {
    if (dataset.samples[i].file.empty()) return;
    try {
      contents[i] = sha256_of_file(dataset.samples[i].file);
    } catch (const FileError&) {
      contents[i] = "unreadable";
    }
  });

  Hasher hasher;
  hasher.add("goldilocks dataset 1").add(static_cast<std::int64_t>(dataset.classes.size()));
  for (const auto& name : dataset.classes) hasher.add(name);
  hasher.add(static_cast<std::int64_t>(dataset.samples.size()));
  for (std::size_t i = 0; i < contents.size(); ++i) {
    hasher.add(dataset.samples[i].id).add(std::int64_t{dataset.samples[i].label}).add(contents[i]);
  }
  hasher.add(static_cast<std::int64_t>(dataset.pixels_shape.size()));
  for (const std::int64_t side : dataset.pixels_shape) hasher.add(side);
  hasher.add(std::as_bytes(std::span(dataset.pixels)));
  for (const ArrayColumn& column : dataset.inputs) hasher.add(fingerprint(column, pool));
  return hasher.finish();
}

}  // namespace goldilocks::data
