#include "core/data/pairs_file.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/file_ending.hpp"
#include "core/data/csv.hpp"

namespace goldilocks::data {
namespace {

using Json = nlohmann::ordered_json;
using Names = std::array<std::string_view, 2>;

std::vector<TextPair> from_csv(const std::string& text, const std::string& file, const Names& names) {
  const std::vector<CsvRow> rows = parse_csv(text, file);
  if (rows.empty()) throw DataError(file, "the file is empty");
  std::array<std::size_t, 2> columns{};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& header = rows.front().fields;
    const auto found = std::find(header.begin(), header.end(), names.at(i));
    if (found == header.end()) {
      throw DataError(fmt::format("{}:{}: no column is called '{}'; the first line names the columns: {}", file,
                                  rows.front().line, names.at(i), fmt::join(header, ", ")));
    }
    columns.at(i) = static_cast<std::size_t>(found - header.begin());
  }
  std::vector<TextPair> pairs;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    pairs.push_back({rows[i].fields[columns[0]], rows[i].fields[columns[1]], fmt::format("{}:{}", file, rows[i].line)});
  }
  return pairs;
}

std::string text_of(const Json& value, const std::string& place, std::string_view what) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  throw DataError(place, fmt::format("'{}' must be a text or a whole number", what));
}

std::vector<TextPair> from_json(const std::string& text, const std::string& file, const Names& names) {
  Json document;
  try {
    // Bounded as it is read: what is nested deeper is no list of pairs.
    document = Json::parse(text, [&](int depth, Json::parse_event_t, const Json&) {
      constexpr int deepest = 8;
      if (depth > deepest) throw DataError(file, "JSON that is nested too deeply for a list of pairs");
      return true;
    });
  } catch (const Json::exception& error) {
    throw DataError(file, fmt::format("not readable as JSON: {}", error.what()));
  }
  std::vector<TextPair> pairs;
  if (document.is_object()) {
    for (const auto& [key, value] : document.items()) {
      const std::string place = fmt::format("{}: entry {}", file, pairs.size() + 1);
      pairs.push_back({key, text_of(value, place, key), place});
    }
    return pairs;
  }
  if (!document.is_array()) throw DataError(file, "must be a list of objects, or one object");
  for (const Json& entry : document) {
    const std::string place = fmt::format("{}: entry {}", file, pairs.size() + 1);
    for (const std::string_view name : names) {
      if (!entry.is_object() || !entry.contains(name)) {
        throw DataError(place, fmt::format("must be an object with '{}' and '{}'", names[0], names[1]));
      }
    }
    pairs.push_back({text_of(entry.at(std::string(names[0])), place, names[0]),
                     text_of(entry.at(std::string(names[1])), place, names[1]), place});
  }
  return pairs;
}

}  // namespace

std::vector<TextPair> read_pairs(const std::filesystem::path& file, const Names& names) {
  const std::string text = read_file(file);
  return has_ending(file, {".json"}) ? from_json(text, file.string(), names) : from_csv(text, file.string(), names);
}

}  // namespace goldilocks::data
