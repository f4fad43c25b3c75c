#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/base/file_ending.hpp"
#include "core/base/paths.hpp"
#include "core/base/suggest.hpp"
#include "core/data/dataset.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/parse_stages.hpp"

namespace goldilocks::pipeline {
namespace {

bool is_same(const std::vector<ArraySource>& a, const std::vector<ArraySource>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const ArraySource& x, const ArraySource& y) {
    return x.name == y.name && x.path.path == y.path.path;
  });
}

bool is_same(const DatasetUse& a, const DatasetUse& b) {
  const auto path = [](const std::optional<PathValue>& value) { return value ? value->path : std::filesystem::path(); };
  return path(a.images) == path(b.images) && is_same(a.inputs, b.inputs) && is_same(a.targets, b.targets) &&
         path(a.labels) == path(b.labels) && path(a.label_map) == path(b.label_map) && a.labelled == b.labelled &&
         a.max_unusable == b.max_unusable && a.preparation.fit == b.preparation.fit &&
         a.preparation.filter == b.preparation.filter && a.split == b.split;
}

bool stands_alone(YamlReader& reader, const Fields& fields, std::initializer_list<const char*> keys,
                  const char* beside) {
  for (const char* key : keys) {
    if (!fields.has(key)) continue;
    reader.fault(*fields.find(key), fmt::format("'{}' stands beside '{}'", key, beside));
    return false;
  }
  return true;
}

// A folder of images, a list of them, or a packed file with its labels.
bool check_files(YamlReader& reader, const Fields& fields, const DatasetUse& dataset) {
  const bool targets = !dataset.targets.empty();
  if (targets && !stands_alone(reader, fields, {"labels", "label_map"}, "targets")) return false;
  if (!targets && !dataset.labelled && !stands_alone(reader, fields, {"labels", "label_map"}, "labelled: false")) {
    return false;
  }
  if (!dataset.images) return true;
  const YAML::Node images = *fields.find("images");
  const std::filesystem::path& path = dataset.images->path;
  const bool folder = is_folder(path);
  const bool list = !folder && data::is_image_list(path);
  if (!dataset.labelled) {
    if (folder || has_ending(path, {".npy"})) return true;
    reader.fault(images, "'images' without labels must be a folder or a .npy file");
    return false;
  }
  if (folder && dataset.labels) {
    reader.fault(*fields.find("labels"),
                 "'labels' belong to a .npy file of images; in a folder, each class has its own");
    return false;
  }
  if (list && dataset.labels) {
    reader.fault(*fields.find("labels"), "'labels' belong to a .npy file of images; a list has them in itself");
    return false;
  }
  if (!folder && !list && !has_ending(path, {".npy"})) {
    reader.fault(images,
                 "'images' must be a folder with one folder per class, a .csv or .json list of files and labels, or a "
                 ".npy file");
    return false;
  }
  if (!folder && !list && !dataset.labels) {
    reader.fault(images, "images in a .npy file need 'labels', another .npy file, or 'labelled: false'");
    return false;
  }
  return true;
}

std::optional<data::Split> parse_split(YamlReader& reader, const YAML::Node& node) {
  const auto fields = reader.map(node, grammar::split(), "'split'");
  if (!fields) return std::nullopt;
  const auto entries = reader.entries(*fields->find("parts"), "'parts'");
  if (!entries) return std::nullopt;
  if (entries->empty()) {
    reader.fault(node, "'parts' is empty; a split has at least one part, as in 'parts: {calibrate: 0.5, prove: 0.5}'");
    return std::nullopt;
  }
  data::Split split;
  double sum = 0;
  bool complete = true;
  for (const auto& [key, value] : *entries) {
    const auto name = reader.name(key, "the part's name");
    const auto share = reader.number(value, "the share of part '" + key.Scalar() + "'", 0, 1);
    complete = complete && name && share;
    if (!name || !share) continue;
    if (*share == 0) {
      reader.fault(value, "part '" + *name + "' has a share of 0; it would hold no sample");
      complete = false;
    }
    sum += *share;
    split.parts.push_back({*name, *share});
  }
  // Shares such as 0.7, 0.2 and 0.1 add up to a little more than 1.
  if (sum > 1 + 1e-9) {
    reader.fault(node, fmt::format("the shares of 'parts' add up to {:.6g}, which is more than 1", sum));
    complete = false;
  }
  if (const auto seed = fields->find("seed")) {
    const auto number = reader.whole(*seed, "'seed'");
    if (number) split.seed = *number;
    complete = complete && number;
  }
  if (!complete) return std::nullopt;
  return split;
}

// A .npy or .npz file, or a folder.
std::optional<PathValue> parse_source(YamlReader& reader, const YAML::Node& node, const std::string& what,
                                      const std::string& expected = "a path") {
  auto path = reader.existing_file(node, what, expected);
  if (!path) return std::nullopt;
  if (has_ending(path->path, {".npy", ".npz"}) || is_folder(path->path)) return path;
  reader.fault(node, what + " must be a .npy or .npz file, or a folder with one file for each sample");
  return std::nullopt;
}

std::optional<std::vector<ArraySource>> parse_arrays(YamlReader& reader, const YAML::Node& node, const char* key) {
  std::vector<ArraySource> sources;
  if (!node.IsMap()) {
    const auto path = parse_source(reader, node, fmt::format("'{}'", key), "a path, or a mapping from names to paths");
    if (!path) return std::nullopt;
    sources.push_back({"", *path});
    return sources;
  }
  const auto entries = reader.entries(node, fmt::format("'{}'", key));
  if (!entries) return std::nullopt;
  if (entries->empty()) reader.fault(node, fmt::format("'{}' is empty", key));
  bool complete = !entries->empty();
  for (const auto& [name, value] : *entries) {
    const auto text = reader.text(name, "a name of '" + std::string(key) + "'");
    const auto path = text ? parse_source(reader, value, fmt::format("'{}' of '{}'", text->value, key)) : std::nullopt;
    complete = complete && path;
    if (path) sources.push_back({text->value, *path});
  }
  if (!complete) return std::nullopt;
  return sources;
}

std::optional<DatasetUse> parse_dataset(YamlReader& reader, const YAML::Node& node) {
  const auto fields = reader.map(node, grammar::dataset(), "a dataset");
  if (!fields) return std::nullopt;
  DatasetUse dataset;
  dataset.place = reader.place(node);
  bool complete = true;
  if (!fields->has("images") && !fields->has("inputs")) {
    reader.fault(node, "a dataset needs 'images' or 'inputs'");
    complete = false;
  }
  if (const auto images = fields->find("images")) {
    dataset.images = reader.existing_file(*images, "'images'");
    complete = complete && dataset.images;
  }
  for (const auto& [key, sources] : {std::pair{"inputs", &dataset.inputs}, {"targets", &dataset.targets}}) {
    const auto field = fields->find(key);
    if (!field) continue;
    auto read = parse_arrays(reader, *field, key);
    complete = complete && read;
    if (read) *sources = std::move(*read);
  }
  if (const auto labels = fields->find("labels")) {
    dataset.labels = reader.existing_file(*labels, "'labels'");
    complete = complete && dataset.labels;
  }
  if (const auto crop = fields->find("crop")) {
    static constexpr std::array fits = {data::Fit::center_crop, data::Fit::scale_fit, data::Fit::scale_fill};
    const auto choice = reader.choice(*crop, "'crop'", crop_names());
    if (choice) dataset.preparation.fit = fits.at(*choice % fits.size());
    complete = complete && choice;
  }
  if (const auto filter = fields->find("filter")) {
    static constexpr std::array filters = {data::Filter::nearest, data::Filter::bilinear, data::Filter::area,
                                           data::Filter::bicubic, data::Filter::lanczos};
    const auto choice = reader.choice(*filter, "'filter'", filter_names());
    if (choice) dataset.preparation.filter = filters.at(*choice);
    complete = complete && choice;
  }
  if (const auto name = fields->find("name")) {
    const auto text = reader.name(*name, "the dataset's name");
    if (text) dataset.name = *text;
    complete = complete && text;
  }
  if (const auto labelled = fields->find("labelled")) {
    const auto flag = reader.flag(*labelled, "'labelled'");
    dataset.labelled = flag.value_or(true);
    complete = complete && flag;
    if (dataset.labelled && !dataset.targets.empty()) {
      reader.fault(*labelled, "'labelled: true' stands beside 'targets'");
      complete = false;
    }
  }
  if (!dataset.targets.empty()) dataset.labelled = false;
  if (const auto map = fields->find("label_map")) {
    dataset.label_map = reader.existing_file(*map, "'label_map'");
    complete = complete && dataset.label_map;
  }
  if (const auto limit = fields->find("max_unusable")) {
    const auto number = reader.whole(*limit, "'max_unusable'");
    if (number) dataset.max_unusable = *number;
    complete = complete && number;
  }
  if (const auto split = fields->find("split")) {
    dataset.split = parse_split(reader, *split);
    complete = complete && dataset.split;
  }
  if (!complete || !check_files(reader, *fields, dataset)) return std::nullopt;
  if (dataset.name.empty()) {
    const std::filesystem::path& path = dataset.source().path;
    dataset.name = (is_folder(path) ? path.filename() : path.stem()).string();
  }
  return dataset;
}

}  // namespace

std::optional<std::size_t> add_dataset(StageContext& context, const YAML::Node& node) {
  auto dataset = parse_dataset(context.reader, node);
  if (!dataset) return std::nullopt;
  auto& all = context.spec.datasets;
  const auto same = std::find_if(all.begin(), all.end(), [&](const auto& other) { return is_same(other, *dataset); });
  if (same != all.end()) return static_cast<std::size_t>(same - all.begin());
  const std::string wanted = dataset->name;
  const auto taken = [&] {
    return std::any_of(all.begin(), all.end(), [&](const auto& other) { return other.name == dataset->name; });
  };
  for (int number = 2; taken(); ++number) dataset->name = wanted + "_" + std::to_string(number);
  all.push_back(std::move(*dataset));
  return all.size() - 1;
}

void check_part(StageContext& context, const Place& place, const std::string& stage, const std::string& part) {
  if (part.empty()) return;
  for (const DatasetUse& dataset : context.spec.datasets) {
    if (!dataset.split) {
      context.reader.diagnostics().add(
          place, fmt::format("'{}' uses the part '{}', but dataset '{}' has no 'split'", stage, part, dataset.name));
    } else if (dataset.split->find(part) == nullptr) {
      std::vector<std::string> known;
      for (const data::SplitPart& other : dataset.split->parts) known.push_back(other.name);
      context.reader.diagnostics().add(
          place, fmt::format("'{}' uses the part '{}', which the split of dataset '{}' doesn't have; its parts: {}{}",
                             stage, part, dataset.name, fmt::join(known, ", "), did_you_mean(part, known)));
    }
  }
}

}  // namespace goldilocks::pipeline
