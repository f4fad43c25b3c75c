// A column is opened by the headers of its files, so that shapes can be checked before hours of work without holding
// the values in memory. A .npz file is inflated for that, and again when its values are wanted.
#include "core/data/array_column.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/file_ending.hpp"
#include "core/base/half.hpp"
#include "core/base/hash.hpp"
#include "core/base/normal_form.hpp"
#include "core/base/paths.hpp"
#include "core/data/dataset.hpp"
#include "core/data/npy.hpp"
#include "core/data/npz.hpp"
#include "core/data/packed_pixels.hpp"
#include "core/data/sample_files.hpp"
#include "core/data/split.hpp"

namespace goldilocks::data {
namespace {

namespace fs = std::filesystem;

bool is_archive(const fs::path& path) { return has_ending(path, {".npz"}); }

[[noreturn]] void fail_without(const fs::path& path, const std::string& member,
                               const std::map<std::string, std::string>& arrays) {
  std::vector<std::string> names;
  names.reserve(arrays.size());
  for (const auto& [name, content] : arrays) names.push_back(name);
  throw DataError(path.string(), fmt::format("has no array '{}'; it has {}", member, fmt::join(names, ", ")));
}

// Reads a .npy file's content, or an array of a .npz file.
template <class Use>
void with_array(const fs::path& path, const std::string& member, const std::string& place, const Use& use) {
  if (!is_archive(path)) {
    const MappedFile file(path);
    use(parse_npy(file.bytes(), place));
    return;
  }
  const auto arrays = read_npz(path);
  const auto found = arrays.find(member);
  if (found == arrays.end()) fail_without(path, member, arrays);
  use(parse_npy(std::as_bytes(std::span(found->second)), place));
}

std::string described(const std::string& type, const std::vector<std::int64_t>& shape) {
  return fmt::format("'{}' [{}]", type, fmt::join(shape, ", "));
}

// Takes the first dimension for that of the samples.
ArrayColumn column_of(const NpyHeader& array, ArrayColumn column) {
  if (array.shape.empty()) throw DataError(column.place(), "is one number; arrays are of the shape [samples, ...]");
  // Nothing bounds the number of samples that hold nothing, and each takes memory.
  if (array.shape.front() > 0 && std::find(array.shape.begin() + 1, array.shape.end(), 0) != array.shape.end()) {
    throw DataError(column.place(), "its samples hold no values");
  }
  column.type = array.type;
  column.as_stored = column.member.empty() && array.as_stored;
  column.shape.assign(array.shape.begin() + 1, array.shape.end());
  column.rows.resize(static_cast<std::size_t>(array.shape.front()));
  std::iota(column.rows.begin(), column.rows.end(), std::size_t{0});
  return column;
}

std::vector<ArrayColumn> open_packed(const fs::path& path, const std::string& name) {
  std::vector<ArrayColumn> columns;
  if (!is_archive(path)) {
    const MappedFile file(path);
    columns.push_back(column_of(parse_npy_header(file.bytes(), path.string()), {.name = name, .path = path}));
    return columns;
  }
  const auto arrays = read_npz(path);
  const auto add = [&](const std::string& member, const std::string& content, const std::string& called) {
    ArrayColumn column{.name = called, .path = path, .member = member};
    const NpyHeader header = parse_npy_header(std::as_bytes(std::span(content)), column.place());
    columns.push_back(column_of(header, std::move(column)));
  };
  if (name.empty() || arrays.size() == 1) {
    for (const auto& [member, content] : arrays) add(member, content, arrays.size() == 1 ? name : member);
  } else if (const auto found = arrays.find(name); found != arrays.end()) {
    add(name, found->second, name);
  } else {
    fail_without(path, name, arrays);
  }
  for (const ArrayColumn& column : columns) {
    if (column.samples() == columns.front().samples()) continue;
    throw DataError(path.string(),
                    fmt::format("its arrays have different numbers of samples: {} of '{}', {} of '{}'",
                                columns.front().samples(), columns.front().member, column.samples(), column.member));
  }
  return columns;
}

// What the files of one sample have in common.
std::string without_ending(const std::string& id) {
  return normal_form(fs::path(id).replace_extension().generic_string());
}

ArrayColumn open_folder(const fs::path& folder, const std::string& name, const Dataset& dataset) {
  std::map<std::string, fs::path> files;
  for (const Sample& sample : open_unlabelled_images(folder).samples) {
    const auto [place, added] = files.emplace(without_ending(sample.id), sample.file);
    if (!added) throw DataError(sample.file.string(), "is for the same sample as " + place->second.string());
  }
  ArrayColumn column{.name = name, .path = folder};
  std::vector<std::string> missing;
  for (const Sample& sample : dataset.samples) {
    const auto found = files.find(without_ending(sample.id));
    if (found == files.end()) {
      missing.push_back(sample.id);
    } else {
      column.files.push_back(found->second);
    }
  }
  if (!missing.empty()) {
    throw DataError(folder.string(), fmt::format("has no file for {} of {} samples, such as '{}'", missing.size(),
                                                 dataset.samples.size(), missing.front()));
  }
  column.images = !is_array_sample(column.files.front());
  if (column.images) return column;
  for (const fs::path& path : column.files) {
    const MappedFile file(path);
    const NpyHeader array = parse_npy_header(file.bytes(), path.string());
    const bool first = &path == &column.files.front();
    if (first) column.type = array.type;
    if (first) column.shape = array.shape;
    if (array.type == column.type && array.shape == column.shape) continue;
    throw DataError(
        path.string(),
        fmt::format("is {}, and {} is {}; the arrays of a folder are alike", described(array.type, array.shape),
                    column.files.front().filename().string(), described(column.type, column.shape)));
  }
  return column;
}

template <class Number>
void convert(const std::byte* from, std::span<float> to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    Number number;
    std::memcpy(&number, from + i * sizeof(Number), sizeof(Number));
    to[i] = static_cast<float>(number);
  }
}

void convert_half(const std::byte* from, std::span<float> to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, from + i * sizeof(half), sizeof(half));
    to[i] = float_from_half(half);
  }
}

struct Conversion {
  std::size_t size = 0;  // of a number
  void (*run)(const std::byte* from, std::span<float> to) = nullptr;
};

Conversion conversion_of(const std::string& type, const std::string& place) {
  static const std::map<std::string, Conversion, std::less<>> known = {
      {"<f2", {2, convert_half}},           {"<f4", {4, convert<float>}},         {"<f8", {8, convert<double>}},
      {"|b1", {1, convert<std::uint8_t>}},  {"|u1", {1, convert<std::uint8_t>}},  {"|i1", {1, convert<std::int8_t>}},
      {"<u2", {2, convert<std::uint16_t>}}, {"<i2", {2, convert<std::int16_t>}},  {"<u4", {4, convert<std::uint32_t>}},
      {"<i4", {4, convert<std::int32_t>}},  {"<u8", {8, convert<std::uint64_t>}}, {"<i8", {8, convert<std::int64_t>}},
  };
  const auto found = known.find(type);
  if (found == known.end()) throw DataError(place, "has values of the type '" + type + "', which are no numbers");
  return found->second;
}

void check_unchanged(const ArrayColumn& column, const NpyView& array, std::span<const std::int64_t> shape,
                     const std::string& place) {
  if (array.type == column.type && std::equal(shape.begin(), shape.end(), column.shape.begin(), column.shape.end())) {
    return;
  }
  throw DataError(place, "was changed during the run");
}

}  // namespace

std::size_t ArrayColumn::values_per_sample() const {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1},
                         [](std::size_t count, std::int64_t side) { return count * static_cast<std::size_t>(side); });
}

std::string ArrayColumn::place() const {
  return member.empty() ? path.string() : fmt::format("{}['{}']", path.string(), member);
}

std::vector<ArrayColumn> open_arrays(const fs::path& path, const std::string& name, const Dataset& dataset) {
  std::vector<ArrayColumn> columns;
  if (is_folder(path)) {
    columns.push_back(open_folder(path, name, dataset));
  } else {
    columns = open_packed(path, name);
  }
  for (const ArrayColumn& column : columns) {
    if (!column.images) conversion_of(column.type, column.place());
    if (column.samples() == dataset.samples.size()) continue;
    throw DataError(column.place(), fmt::format("has {} samples, and {} has {}", column.samples(),
                                                dataset.path.string(), dataset.samples.size()));
  }
  return columns;
}

Dataset open_array_samples(const fs::path& path, const std::string& name, bool by_class) {
  if (is_folder(path)) {
    Dataset dataset =
        by_class && !holds_samples(path, has_array_ending) ? open_image_folder(path) : open_unlabelled_images(path);
    dataset.has_images = false;
    return dataset;
  }
  Dataset dataset;
  dataset.has_images = false;
  dataset.path = path;
  const std::size_t count = open_packed(path, name).front().samples();
  if (count == 0) throw DataError(path.string(), "holds no sample");
  for (std::size_t i = 0; i < count; ++i) dataset.samples.push_back({std::to_string(i), {}, 0});
  return dataset;
}

void set_labels(Dataset& dataset, const fs::path& labels) {
  with_array(labels, "labels", labels.string(), [&](const NpyView& array) { set_labels(dataset, array, labels); });
}

ArrayColumn take(const ArrayColumn& column, std::span<const std::size_t> samples) {
  ArrayColumn taken = column;
  taken.files.clear();
  taken.rows.clear();
  for (const std::size_t i : samples) {
    if (column.files.empty()) taken.rows.push_back(column.rows.at(i));
    if (!column.files.empty()) taken.files.push_back(column.files.at(i));
  }
  return taken;
}

std::vector<float> load_floats(const ArrayColumn& column, ThreadPool& pool) {
  const std::size_t count = column.values_per_sample();
  const Conversion conversion = conversion_of(column.type, column.place());
  std::vector<float> values(column.samples() * count);
  const auto sample = [&](std::size_t i) { return std::span(values).subspan(i * count, count); };
  if (column.values) {
    for (std::size_t i = 0; i < column.rows.size(); ++i) {
      std::ranges::copy(std::span(*column.values).subspan(column.rows[i] * count, count), sample(i).begin());
    }
    return values;
  }
  if (!column.files.empty()) {
    pool.parallel_for(column.files.size(), [&](std::size_t i) {
      const MappedFile file(column.files[i]);
      const NpyView array = parse_npy(file.bytes(), column.files[i].string());
      check_unchanged(column, array, array.shape, column.files[i].string());
      conversion.run(array.values.data(), sample(i));
    });
    return values;
  }
  with_array(column.path, column.member, column.place(), [&](const NpyView& array) {
    if (array.shape.empty()) throw DataError(column.place(), "was changed during the run");
    check_unchanged(column, array, std::span(array.shape).subspan(1), column.place());
    for (std::size_t i = 0; i < column.rows.size(); ++i) {
      if (column.rows[i] >= static_cast<std::size_t>(array.shape.front())) {
        throw DataError(column.place(), "was changed during the run");
      }
      conversion.run(array.values.data() + column.rows[i] * count * conversion.size, sample(i));
    }
  });
  return values;
}

std::size_t samples_at_once(const ArrayColumn& column) {
  constexpr std::size_t bytes_at_once = std::size_t{16} << 20U;
  if (!column.as_stored) return column.samples();
  return std::max<std::size_t>(bytes_at_once / std::max<std::size_t>(column.values_per_sample() * sizeof(float), 1), 1);
}

Dataset images_of(const ArrayColumn& column) {
  Dataset dataset;
  if (column.images) {
    for (const fs::path& file : column.files) dataset.samples.push_back({file.filename().string(), file, 0});
  } else if (!column.files.empty()) {
    throw DataError(column.place(), "images in .npy files are in one file, [N, H, W] or [N, H, W, 3]");
  } else {
    if (column.member.empty()) {
      dataset.packed = open_packed_pixels(column.path);
    } else {
      with_array(column.path, column.member, column.place(),
                 [&](const NpyView& array) { dataset.packed = keep_packed_pixels(array, column.path); });
    }
    for (const std::size_t row : dataset.packed.rows) dataset.samples.push_back({std::to_string(row), {}, 0});
    dataset = take_samples(dataset, column.rows);
  }
  dataset.path = column.path;
  return dataset;
}

std::string fingerprint(const ArrayColumn& column, ThreadPool& pool) {
  std::vector<std::string> contents(column.files.size());
  pool.parallel_for(contents.size(), [&](std::size_t i) { contents[i] = sha256_of_file(column.files[i]); });
  if (column.files.empty()) contents.push_back(sha256_of_file(column.path));
  Hasher hasher;
  hasher.add("goldilocks arrays 1").add(column.name).add(column.member);
  for (const std::string& content : contents) hasher.add(content);
  hasher.add(static_cast<std::int64_t>(column.rows.size()));
  for (const std::size_t row : column.rows) hasher.add(static_cast<std::int64_t>(row));
  return hasher.finish();
}

}  // namespace goldilocks::data
