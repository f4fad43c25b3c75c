#include "core/data/box_labels.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/file_ending.hpp"
#include "core/data/csv.hpp"

namespace goldilocks::data {
namespace {

void check_box(const LabelledBox& box) {
  const bool finite =
      std::isfinite(box.left) && std::isfinite(box.top) && std::isfinite(box.width) && std::isfinite(box.height);
  if (finite && box.width >= 0 && box.height >= 0) return;
  throw DataError(box.place, "a box needs finite numbers, and no negative width or height");
}

double number_in(const std::string& text, const std::string& place, std::string_view column) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  throw DataError(place, fmt::format("'{}' must be a number, not '{}'", column, text));
}

BoxLabels boxes_from_csv(const std::string& text, const std::string& file) {
  constexpr std::array<std::string_view, 6> names = {"file", "label", "left", "top", "width", "height"};
  const std::vector<CsvRow> rows = parse_csv(text, file);
  if (rows.empty()) throw DataError(file, "the file is empty");
  const std::vector<std::string>& header = rows.front().fields;
  std::array<std::size_t, names.size()> columns{};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = std::ranges::find(header, names.at(i));
    if (found == header.end()) {
      throw DataError(fmt::format("{}:{}", file, rows.front().line),
                      fmt::format("no column is called '{}'; the first line names the columns: {}", names.at(i),
                                  fmt::join(header, ", ")));
    }
    columns.at(i) = static_cast<std::size_t>(found - header.begin());
  }
  BoxLabels labels;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto field = [&](std::size_t column) -> const std::string& { return rows[i].fields[columns.at(column)]; };
    BoxLabels::Image& image = labels.images[field(0)];
    if (field(1).empty()) continue;
    LabelledBox box;
    box.label = field(1);
    box.place = fmt::format("{}:{}", file, rows[i].line);
    box.left = number_in(field(2), box.place, names[2]);
    box.top = number_in(field(3), box.place, names[3]);
    box.width = number_in(field(4), box.place, names[4]);
    box.height = number_in(field(5), box.place, names[5]);
    check_box(box);
    image.boxes.push_back(std::move(box));
  }
  return labels;
}

BoxLabels boxes_from_coco(const nlohmann::json& document, const std::string& file) {
  BoxLabels labels;
  std::map<nlohmann::json, std::string> categories;
  std::map<nlohmann::json, std::string> images;
  for (const auto& category : document.at("categories")) {
    categories[category.at("id")] = category.at("name").get<std::string>();
  }
  for (const auto& entry : document.at("images")) {
    const std::string name = entry.at("file_name").get<std::string>();
    images[entry.at("id")] = name;
    BoxLabels::Image& image = labels.images[name];
    if (entry.contains("width") && entry.contains("height")) {
      image.size = {entry.at("width").get<int>(), entry.at("height").get<int>()};
    }
  }
  std::size_t number = 0;
  for (const auto& entry : document.at("annotations")) {
    LabelledBox box;
    box.place = fmt::format("{}: annotation {}", file, ++number);
    const auto image = images.find(entry.at("image_id"));
    if (image == images.end()) throw DataError(box.place, "its 'image_id' is that of no image");
    const auto category = categories.find(entry.at("category_id"));
    if (category == categories.end()) throw DataError(box.place, "its 'category_id' is that of no category");
    const auto bbox = entry.at("bbox").get<std::vector<double>>();
    if (bbox.size() != 4) throw DataError(box.place, "'bbox' must be [left, top, width, height]");
    box.label = category->second;
    box.left = bbox[0];
    box.top = bbox[1];
    box.width = bbox[2];
    box.height = bbox[3];
    box.crowd = entry.contains("iscrowd") && entry.at("iscrowd") != 0;
    check_box(box);
    labels.images.at(image->second).boxes.push_back(std::move(box));
  }
  return labels;
}

}  // namespace

const BoxLabels::Image* BoxLabels::find(const std::string& id) const {
  const auto whole = images.find(id);
  if (whole != images.end()) return &whole->second;
  const auto last = images.find(id.substr(id.rfind('/') + 1));
  return last == images.end() ? nullptr : &last->second;
}

BoxLabels read_box_labels(const std::filesystem::path& file) {
  const std::string name = file.string();
  const std::string text = read_file(file);
  if (!has_ending(file, {".json"})) return boxes_from_csv(text, name);
  try {
    return boxes_from_coco(nlohmann::json::parse(text), name);
  } catch (const nlohmann::json::exception& error) {
    throw DataError(name, fmt::format("not annotations as COCO's are: {}", error.what()));
  }
}

}  // namespace goldilocks::data
