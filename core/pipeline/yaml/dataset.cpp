// What a `load` stage says of its dataset: files of several kinds, which have to fit each other.
#include "core/data/dataset.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/base/file_ending.hpp"
#include "core/base/paths.hpp"
#include "core/base/suggest.hpp"
#include "core/pipeline/yaml/values.hpp"
#include "core/pipeline/yaml/variables.hpp"
#include "core/pipeline/yaml/yaml_printer.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

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
         a.next_token == b.next_token && a.sequences == b.sequences && a.max_unusable == b.max_unusable &&
         a.preparation.fit == b.preparation.fit && a.preparation.filter == b.preparation.filter && a.split == b.split;
}

bool stands_alone(StageContext& context, const Fields& fields, std::initializer_list<const char*> keys,
                  const char* beside) {
  for (const char* key : keys) {
    if (fields.has(key)) {
      return context.fault(fields.place(key), fmt::format("'{}' stands beside '{}'", key, beside));
    }
  }
  return true;
}

// A folder of images, a list of them, or a packed file with its labels.
bool check_files(StageContext& context, const Fields& fields, const DatasetUse& dataset) {
  const bool targets = !dataset.targets.empty();
  const char* beside = targets ? "targets" : "labelled: false";
  if (!dataset.labelled && !stands_alone(context, fields, {"labels", "label_map"}, beside)) return false;
  if (!dataset.images) return true;
  const Place& images = fields.place("images");
  const std::filesystem::path& path = dataset.images->path;
  const bool folder = is_folder(path);
  const bool list = !folder && data::is_image_list(path);
  if (!dataset.labelled) {
    return folder || has_ending(path, {".npy"}) ||
           context.fault(images, "'images' without labels must be a folder or a .npy file");
  }
  if (folder && dataset.labels) {
    return context.fault(fields.place("labels"),
                         "'labels' belong to a .npy file of images; in a folder, each class has its own");
  }
  if (list && dataset.labels) {
    return context.fault(fields.place("labels"), "'labels' belong to a .npy file of images; a list has them in itself");
  }
  if (!folder && !list && !has_ending(path, {".npy"})) {
    return context.fault(images,
                         "'images' must be a folder with one folder per class, a .csv or .json list of files and "
                         "labels, or a .npy file");
  }
  return folder || list || dataset.labels ||
         context.fault(images, "images in a .npy file need 'labels', another .npy file, or 'labelled: false'");
}

bool check_dataset(StageContext& context, const Fields& fields, DatasetUse& dataset) {
  if (!fields.has("images") && !fields.has("inputs")) {
    return context.fault(fields.place(), "a dataset needs 'images' or 'inputs'");
  }
  if (!dataset.targets.empty()) {
    if (fields.has("labelled") && dataset.labelled) {
      return context.fault(fields.place("labelled"), "'labelled: true' stands beside 'targets'");
    }
    dataset.labelled = false;
  }
  if (dataset.sequences && fields.has("images")) {
    return context.fault(fields.place("sequences"), "'sequences' are of arrays: they stand beside 'images'");
  }
  if (!dataset.next_token.empty()) {
    if (!stands_alone(context, fields, {"labels", "targets", "label_map"}, "next_token")) return false;
    const auto is_it = [&](const ArraySource& source) {
      return source.name.empty() || source.name == dataset.next_token;
    };
    if (fields.complete() && std::ranges::none_of(dataset.inputs, is_it)) {
      return context.fault(
          fields.place("next_token"),
          fmt::format("'next_token' must be one of 'inputs'; none is called '{}'", dataset.next_token));
    }
    dataset.labelled = false;
  }
  return fields.complete() && check_files(context, fields, dataset);
}

bool read_parts(const Input& input, std::vector<data::SplitPart>& parts) {
  YamlReader& reader = input.reader;
  const auto entries = reader.entries(input.node, input.what);
  if (!entries) return false;
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
    parts.push_back({*name, *share});
  }
  return complete;
}

void print_parts(YamlPrinter& printer, const std::vector<data::SplitPart>& parts) {
  printer.begin_mapping();
  for (const data::SplitPart& part : parts) {
    printer.key(escape_variables(part.name), true);
    printer.text(plugins::to_text(plugins::OptionValue(part.share)));
  }
  printer.end_mapping();
}

bool check_split(StageContext& context, const Fields& fields, data::Split& split) {
  if (fields.complete() && split.parts.empty()) {
    return context.fault(fields.place(),
                         "'parts' is empty; a split has at least one part, as in 'parts: {calibrate: 0.5, prove: "
                         "0.5}'");
  }
  double sum = 0;
  for (const data::SplitPart& part : split.parts) sum += part.share;
  // Shares such as 0.7, 0.2 and 0.1 add up to a little more than 1.
  return sum <= 1 + 1e-9 ||
         context.fault(fields.place(),
                       fmt::format("the shares of 'parts' add up to {:.6g}, which is more than 1", sum));
}

// A .npy or .npz file, or a folder.
std::optional<PathValue> read_source(YamlReader& reader, const YAML::Node& node, const std::string& what,
                                     const std::string& expected = "a path") {
  auto path = reader.existing_file(node, what, expected);
  if (!path) return std::nullopt;
  if (has_ending(path->path, {".npy", ".npz"}) || is_folder(path->path)) return path;
  reader.fault(node, what + " must be a .npy or .npz file, or a folder with one file for each sample");
  return std::nullopt;
}

bool read_arrays(const Input& input, std::vector<ArraySource>& sources) {
  YamlReader& reader = input.reader;
  if (!input.node.IsMap()) {
    const auto path = read_source(reader, input.node, input.what, "a path, or a mapping from names to paths");
    if (path) sources.push_back({"", *path});
    return path.has_value();
  }
  const auto entries = reader.entries(input.node, input.what);
  if (!entries) return false;
  if (entries->empty()) return input.fault(input.what + " is empty");
  bool complete = true;
  for (const auto& [name, value] : *entries) {
    const auto text = reader.text(name, "a name of " + input.what);
    const auto path =
        text ? read_source(reader, value, fmt::format("'{}' of {}", text->value, input.what)) : std::nullopt;
    complete = complete && path;
    if (path) sources.push_back({text->value, *path});
  }
  return complete;
}

void print_arrays(YamlPrinter& printer, const std::vector<ArraySource>& sources) {
  if (sources.empty()) return;
  if (sources.front().name.empty()) return printer.text(sources.front().path.record, true);
  printer.begin_mapping();
  for (const ArraySource& source : sources) {
    printer.key(escape_variables(source.name), true);
    printer.text(source.path.record, true);
  }
  printer.end_mapping();
}

// Targets say by themselves that there are no labels.
Format<DatasetUse> labelled() {
  const auto of = flag();
  const auto read = [of](const Input& input, DatasetUse& dataset) { return of.read(input, dataset.labelled); };
  const auto show = [](const DatasetUse& dataset) {
    return dataset.labelled || !dataset.targets.empty() || !dataset.next_token.empty() ? "" : "false";
  };
  return usually("true", Format<DatasetUse>(of.type, read, show));
}

Format<std::vector<ArraySource>> arrays() {
  const Type path{.kind = Type::Kind::path};
  return {{.kind = Type::Kind::either, .of = {path, entries_type(path)}}, read_arrays, {}, print_arrays};
}

}  // namespace

std::span<const std::string_view> crop_names() {
  static constexpr std::array<std::string_view, 9> names = {
      "center", "fit", "fill", "center_crop", "scale_fit", "scale_fill", "centerCrop", "scaleFit", "scaleFill"};
  return names;
}

std::span<const std::string_view> filter_names() {
  static constexpr std::array<std::string_view, 5> names = {"nearest", "bilinear", "area", "bicubic", "lanczos"};
  return names;
}

const MappingOf<data::Split>& grammar::split() {
  static const MappingOf<data::Split> table(
      "'split'",
      {
          {"parts", &data::Split::parts,
           required(Format<std::vector<data::SplitPart>>(
               entries_type({.kind = Type::Kind::number, .least = 0, .most = 1}), read_parts, {}, print_parts)),
           "Each part's name and share, above 0 and together at most 1."},
          {"seed", &data::Split::seed, whole(),
           "Another seed puts other samples into each part; {default} by default."},
      },
      check_split);
  return table;
}

const MappingOf<DatasetUse>& grammar::dataset() {
  using data::Preparation;
  static const MappingOf<DatasetUse> table(
      "a dataset",
      {
          {"name", &DatasetUse::name, called("the dataset's name", name()),
           "What to call it; by default the last part of the path."},
          {"images", &DatasetUse::images, existing_path(),
           "A folder with one folder of images per class, a .csv or .json list of files and labels, or a .npy file "
           "(uint8, [N, H, W] or [N, H, W, 3])."},
          {"inputs", &DatasetUse::inputs, arrays(),
           "Arrays, beside images or in their place: for each input of the model a .npy file ([N, ...]), a .npz file "
           "or a folder with one file per sample; or one such path."},
          {"targets", &DatasetUse::targets, arrays(),
           "What the model should give, in the same forms; images for an output that is an image."},
          {"labels", &DatasetUse::labels, existing_path(),
           "The labels of images in a .npy file, or of arrays: a .npy file of integers, [N], or a .npz file with such "
           "an array of the name 'labels'."},
          {"next_token", &DatasetUse::next_token, text("an input's name"),
           "The input of token sequences, for models that foretell the next token: the scores at each position are "
           "held "
           "against the token at the next one."},
          {"sequences", &DatasetUse::sequences, quiet(flag()),
           "true: each sample is a sequence, and the first dimension of its arrays are steps, which the model takes "
           "one "
           "after the other with its states."},
          {"crop", in(&DatasetUse::preparation, &Preparation::fit), choice<data::Fit>(crop_names(), 3),
           "How an image is fitted to the model's input: {default} by default."},
          {"filter", in(&DatasetUse::preparation, &Preparation::filter), choice<data::Filter>(filter_names()),
           "How pixels are interpolated: {default} by default."},
          {"labelled", labelled(),
           "false: a folder of images at any depth, or a .npy file, without labels; models are compared with each "
           "other."},
          {"label_map", &DatasetUse::label_map, existing_path(),
           "A .csv or .json file that says by which of the model's labels each class goes."},
          {"max_unusable", &DatasetUse::max_unusable, quiet(whole()),
           "How many samples may be unreadable; they are left out and listed. {default} by default."},
          {"split", &DatasetUse::split, mapping(split()), "Cuts it into parts, of which a stage can use one."},
      },
      check_dataset, {.any_of = {"images", "inputs"}});
  return table;
}

bool add_dataset(const Input& input, std::size_t& index) {
  DatasetUse dataset;
  dataset.place = input.reader.place(input.node);
  if (read_mapping(input.context, grammar::dataset(), input.node, &dataset) != Outcome::complete) return false;
  if (dataset.name.empty()) {
    const std::filesystem::path& path = dataset.source().path;
    dataset.name = (is_folder(path) ? path.filename() : path.stem()).string();
  }
  auto& all = input.context.spec.datasets;
  const auto same = std::find_if(all.begin(), all.end(), [&](const auto& other) { return is_same(other, dataset); });
  index = static_cast<std::size_t>(same - all.begin());
  if (same != all.end()) return true;
  const std::string wanted = dataset.name;
  const auto taken = [&] {
    return std::any_of(all.begin(), all.end(), [&](const auto& other) { return other.name == dataset.name; });
  };
  for (int number = 2; taken(); ++number) dataset.name = wanted + "_" + std::to_string(number);
  all.push_back(std::move(dataset));
  return true;
}

void check_part(StageContext& context, const Place& place, const std::string& stage, const std::string& part) {
  if (part.empty()) return;
  for (const DatasetUse& dataset : context.spec.datasets) {
    if (!dataset.split) {
      context.fault(place,
                    fmt::format("'{}' uses the part '{}', but dataset '{}' has no 'split'", stage, part, dataset.name));
    } else if (dataset.split->find(part) == nullptr) {
      std::vector<std::string> known;
      for (const data::SplitPart& other : dataset.split->parts) known.push_back(other.name);
      context.fault(
          place, fmt::format("'{}' uses the part '{}', which the split of dataset '{}' doesn't have; its parts: {}{}",
                             stage, part, dataset.name, fmt::join(known, ", "), did_you_mean(part, known)));
    }
  }
}

}  // namespace goldilocks::pipeline
