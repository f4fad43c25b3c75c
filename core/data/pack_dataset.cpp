// The folder:
//
//     samples.json    classes; of each sample its id, its label, and how many bytes of `images` are its own
//     images          the image files, or the pixels of a packed dataset, one behind the other
//     input0.npy      of each input: an array [samples, ...], or a folder input0 with the image files 0, 1, ...
#include "core/data/pack_dataset.hpp"

#include <algorithm>
#include <fstream>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/system_fault.hpp"
#include "core/data/npy.hpp"

namespace goldilocks::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* format_name = "goldilocks dataset 1";

// A new file, written from its beginning to its end.
class NewFile {
 public:
  explicit NewFile(const fs::path& path) : path_(path), stream_(path, std::ios::binary) {}

  void write(std::span<const std::byte> bytes) {
    stream_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

  void close() {
    stream_.close();
    if (!stream_) throw FileError(path_, "write", errno);
  }

 private:
  fs::path path_;
  std::ofstream stream_;
};

nlohmann::ordered_json pack_samples(const Dataset& dataset, const fs::path& folder) {
  NewFile images(folder / "images");
  auto samples = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
    const Sample& sample = dataset.samples[i];
    nlohmann::ordered_json entry = {{"id", sample.id}, {"label", sample.label}};
    if (dataset.packed.file) {
      const Image image = dataset.packed.read(i);
      images.write(std::as_bytes(std::span(image.pixels)));
    } else if (dataset.has_images) {
      try {
        const MappedFile file(sample.file);
        images.write(file.bytes());
        entry["size"] = file.bytes().size();
      } catch (const SystemFault&) {
        throw;
      } catch (const FileError&) {
        entry["file"] = sample.file.string();  // it is not there, and reading it will say so
      }
    }
    samples.push_back(std::move(entry));
  }
  images.close();
  return samples;
}

void pack_floats(const ArrayColumn& column, const fs::path& file, ThreadPool& pool) {
  std::vector<std::int64_t> shape = {static_cast<std::int64_t>(column.samples())};
  shape.insert(shape.end(), column.shape.begin(), column.shape.end());
  NewFile array(file);
  const std::string header = npy_header("<f4", shape);
  array.write(std::as_bytes(std::span(header)));
  const std::size_t at_once = samples_at_once(column);
  for (std::size_t begin = 0; begin < column.samples(); begin += at_once) {
    std::vector<std::size_t> part(std::min(at_once, column.samples() - begin));
    std::iota(part.begin(), part.end(), begin);
    const std::vector<float> values = load_floats(take(column, part), pool);
    array.write(std::as_bytes(std::span(values)));
  }
  array.close();
}

// Arrays of uint8 may be images for an input: these stay bytes.
bool may_be_images(const ArrayColumn& column) {
  return column.files.empty() && column.type == "|u1" &&
         (column.shape.size() == 2 || (column.shape.size() == 3 && column.shape[2] == 3));
}

nlohmann::ordered_json pack_input(const ArrayColumn& column, const fs::path& folder, std::size_t index,
                                  ThreadPool& pool) {
  const fs::path place = folder / fmt::format("input{}", index);
  if (column.images) {
    for (std::size_t i = 0; i < column.files.size(); ++i) {
      copy_file_atomically(column.files[i], place / std::to_string(i));
    }
  } else if (may_be_images(column)) {
    const Dataset images = images_of(column);
    std::vector<std::int64_t> shape = {static_cast<std::int64_t>(column.samples())};
    shape.insert(shape.end(), column.shape.begin(), column.shape.end());
    NewFile array(place.string() + ".npy");
    const std::string header = npy_header("|u1", shape);
    array.write(std::as_bytes(std::span(header)));
    for (std::size_t i = 0; i < column.samples(); ++i) {
      const Image image = images.packed.read(i);
      array.write(std::as_bytes(std::span(image.pixels)));
    }
    array.close();
  } else {
    pack_floats(column, place.string() + ".npy", pool);
  }
  return {{"name", column.name}, {"images", column.images}};
}

void open_samples(Dataset& dataset, const nlohmann::json& document, const fs::path& folder) {
  const fs::path images = folder / "images";
  std::uint64_t begin = 0;
  for (const auto& entry : document.at("samples")) {
    Sample& sample = dataset.samples.emplace_back();
    entry.at("id").get_to(sample.id);
    entry.at("label").get_to(sample.label);
    if (entry.contains("file")) sample.file = entry.at("file").get<std::string>();
    if (!entry.contains("size")) continue;
    sample.file = images;
    sample.range = {begin, entry.at("size").get<std::uint64_t>()};
    begin += sample.range->size;
  }
  const auto& packed = document.at("packed");
  if (packed.is_null()) return;
  dataset.packed.file = std::make_shared<OpenFile>(images);
  dataset.packed.height = packed.at("height");
  dataset.packed.width = packed.at("width");
  dataset.packed.channels = packed.at("channels");
  dataset.packed.rows.resize(dataset.samples.size());
  std::iota(dataset.packed.rows.begin(), dataset.packed.rows.end(), std::size_t{0});
}

}  // namespace

void pack_dataset(const Dataset& dataset, const fs::path& folder, ThreadPool& pool) {
  nlohmann::ordered_json document = {{"format", format_name},
                                     {"path", dataset.path.string()},
                                     {"classes", dataset.classes},
                                     {"folders", dataset.folders},
                                     {"images", dataset.has_images},
                                     {"packed", nullptr},
                                     {"inputs", nlohmann::ordered_json::array()}};
  if (dataset.packed.file) {
    document["packed"] = {
        {"height", dataset.packed.height}, {"width", dataset.packed.width}, {"channels", dataset.packed.channels}};
  }
  for (std::size_t i = 0; i < dataset.inputs.size(); ++i) {
    document["inputs"].push_back(pack_input(dataset.inputs[i], folder, i, pool));
  }
  document["samples"] = pack_samples(dataset, folder);
  write_file_atomically(folder / "samples.json", document.dump(1));
}

Dataset open_packed_dataset(const fs::path& folder) {
  Dataset dataset;
  try {
    const auto document = nlohmann::json::parse(read_file(folder / "samples.json"));
    if (document.at("format") != format_name) throw DataError(folder.string(), "not a packed dataset");
    dataset.path = document.at("path").get<std::string>();
    document.at("classes").get_to(dataset.classes);
    document.at("folders").get_to(dataset.folders);
    document.at("images").get_to(dataset.has_images);
    open_samples(dataset, document, folder);
    std::size_t index = 0;
    for (const auto& input : document.at("inputs")) {
      const fs::path place = folder / fmt::format("input{}", index++);
      if (!input.at("images").get<bool>()) {
        dataset.inputs.push_back(open_arrays(place.string() + ".npy", input.at("name"), dataset).front());
        continue;
      }
      ArrayColumn& column = dataset.inputs.emplace_back();
      input.at("name").get_to(column.name);
      column.path = place;
      column.images = true;
      for (std::size_t i = 0; i < dataset.samples.size(); ++i) column.files.push_back(place / std::to_string(i));
    }
  } catch (const nlohmann::json::exception&) {
    throw DataError(folder.string(), "not a packed dataset");
  }
  return dataset;
}

}  // namespace goldilocks::data
