#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/base/system_fault.hpp"
#include "core/data/dataset.hpp"

namespace goldilocks::data {

std::string fingerprint(const Dataset& dataset, ThreadPool& pool) {
  std::vector<std::string> contents(dataset.samples.size());
  pool.parallel_for(contents.size(), [&](std::size_t i) {
    const std::filesystem::path& file = dataset.samples[i].file;
    if (file.empty() && !dataset.packed.file) return;
    try {
      if (file.empty()) {
        const Image image = dataset.packed.read(i);
        contents[i] = sha256(std::as_bytes(std::span(image.pixels)));
      } else {
        contents[i] = sha256_of_file(file);
      }
    } catch (const SystemFault&) {
      throw;
    } catch (const FileError&) {
      contents[i] = "unreadable";
    }
  });

  Hasher hasher;
  hasher.add("goldilocks dataset 2").add(static_cast<std::int64_t>(dataset.classes.size()));
  for (const auto& name : dataset.classes) hasher.add(name);
  hasher.add(static_cast<std::int64_t>(dataset.samples.size()));
  for (std::size_t i = 0; i < contents.size(); ++i) {
    hasher.add(dataset.samples[i].id).add(std::int64_t{dataset.samples[i].label}).add(contents[i]);
  }
  for (const int side : {dataset.packed.height, dataset.packed.width, dataset.packed.channels}) {
    hasher.add(std::int64_t{side});
  }
  for (const ArrayColumn& column : dataset.inputs) hasher.add(fingerprint(column, pool));
  return hasher.finish();
}

}  // namespace goldilocks::data
