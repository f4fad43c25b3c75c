#include "core/cli/prediction_outputs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "core/base/file.hpp"
#include "core/runtime/arrays.hpp"
#include "core/runtime/files.hpp"
#include "core/runtime/loaded_model.hpp"

namespace goldilocks::cli {
namespace {

using nlohmann::ordered_json;
using runtime::Array;
using runtime::Image;
using runtime::Value;
using runtime::Values;

std::string number_text(double number) { return fmt::format("{:.6g}", number); }

std::string array_text(const Array& array) {
  constexpr std::size_t shown = 6;
  const std::vector<double> values = to_doubles(array);
  std::string text = runtime::value_text(array);
  if (values.empty()) return text;
  if (values.size() > 1) {
    const auto [least, most] = std::ranges::minmax(values);
    text += fmt::format(", {} to {}", number_text(least), number_text(most));
  }
  std::vector<std::string> first;
  for (const double value : std::span(values).first(std::min(shown, values.size())))
    first.push_back(number_text(value));
  return fmt::format("{}: {}{}", text, fmt::join(first, ", "), values.size() > shown ? ", ..." : "");
}

std::string key_text(const std::string& key) { return key; }
std::string key_text(std::int64_t key) { return std::to_string(key); }

// The highest first, what is not a number last; `label`, the model's answer, before others of the same score.
template <class Dictionary>
std::string dictionary_text(const Dictionary& dictionary, std::size_t top, const std::string& label) {
  using Entry = std::pair<std::string, double>;
  std::vector<Entry> entries;
  entries.reserve(dictionary.size());
  for (const auto& [key, value] : dictionary) entries.emplace_back(key_text(key), value);
  const auto rank = [&](const Entry& entry) {
    const bool is_number = !std::isnan(entry.second);
    return std::tuple(!is_number, is_number ? -entry.second : 0.0, entry.first != label);
  };
  std::ranges::stable_sort(entries, {}, rank);
  std::string text;
  for (const auto& [key, value] : std::span(entries).first(std::min(top, entries.size()))) {
    text += fmt::format("\n  {:<12} {}", number_text(value), key);
  }
  if (entries.size() > top) text += fmt::format("\n  ... {} more", entries.size() - top);
  return text;
}

std::string value_line(const Value& value, std::size_t top, const std::string& label = {}) {
  struct Printer {
    std::size_t top;
    const std::string& label;
    std::string operator()(const Array& array) const { return array_text(array); }
    std::string operator()(const Image& image) const { return runtime::value_text(image); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return number_text(number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const runtime::TextDictionary& dictionary) const {
      return dictionary_text(dictionary, top, label);
    }
    std::string operator()(const runtime::IntegerDictionary& dictionary) const {
      return dictionary_text(dictionary, top, label);
    }
    std::string operator()(const runtime::TextSequence& sequence) const {
      return fmt::format("{}", fmt::join(sequence, ", "));
    }
    std::string operator()(const runtime::IntegerSequence& sequence) const {
      return fmt::format("{}", fmt::join(sequence, ", "));
    }
  };
  return std::visit(Printer{top, label}, value);
}

ordered_json value_json(const Value& value) {
  struct Converter {
    ordered_json operator()(const Array& array) const {
      ordered_json values = ordered_json::array();
      if (array.type == runtime::ElementType::int64) {
        values = runtime::to_integers(array);
      } else {
        values = runtime::to_doubles(array);
      }
      return {{"type", runtime::type_text(array.type)}, {"shape", array.shape}, {"values", values}};
    }
    ordered_json operator()(const Image& image) const {
      constexpr const char* formats[] = {"gray", "rgb", "gray float16"};
      return {{"width", image.width}, {"height", image.height}, {"format", formats[static_cast<int>(image.format)]}};
    }
    ordered_json operator()(std::int64_t number) const { return number; }
    ordered_json operator()(double number) const { return number; }
    ordered_json operator()(const std::string& text) const { return text; }
    ordered_json operator()(const runtime::TextDictionary& dictionary) const { return dictionary; }
    ordered_json operator()(const runtime::IntegerDictionary& dictionary) const {
      ordered_json result = ordered_json::object();
      for (const auto& [key, entry] : dictionary) result[std::to_string(key)] = entry;
      return result;
    }
    ordered_json operator()(const runtime::TextSequence& sequence) const { return sequence; }
    ordered_json operator()(const runtime::IntegerSequence& sequence) const { return sequence; }
  };
  return std::visit(Converter{}, value);
}

// Names of files for names of features, each another one.
class FileNames {
 public:
  std::string name(const std::string& feature, const std::string& extension) {
    std::string name = feature;
    for (char& letter : name) {
      if (letter == '/' || static_cast<unsigned char>(letter) < ' ') letter = '_';
    }
    if (name.empty() || name.starts_with('.')) name = std::string("_").append(name);
    constexpr std::size_t longest = 200;
    name.resize(std::min(name.size(), longest));
    std::string unique = name + extension;
    for (int number = 2; !taken_.insert(unique).second; ++number)
      unique = fmt::format("{}_{}{}", name, number, extension);
    return unique;
  }

 private:
  std::set<std::string> taken_;
};

using Files = std::map<std::filesystem::path, std::string>;  // contents

// What can't be a file of its own goes into `rest`.
void add_file(Files& files, const std::filesystem::path& folder, const std::string& name, const Value& value,
              FileNames& names, ordered_json& rest) {
  if (const auto* array = std::get_if<Array>(&value)) {
    files[folder / names.name(name, ".npy")] = runtime::npy_content(*array);
  } else if (const auto* image = std::get_if<Image>(&value)) {
    if (image->format == runtime::PixelFormat::gray_float16) {
      const Array pixels{runtime::ElementType::float16, {image->height, image->width}, image->pixels};
      files[folder / names.name(name, ".npy")] = runtime::npy_content(pixels);
    } else {
      files[folder / names.name(name, ".png")] = data::encode_png(runtime::to_data(*image));
    }
  } else {
    rest[name] = value_json(value);
  }
}

}  // namespace

std::string prediction_text(const runtime::Description& model, const Values& outputs, const BesideOutputs& beside,
                            std::size_t top) {
  std::string label;
  if (const auto answer = outputs.find(model.label_output); answer != outputs.end()) {
    label = value_line(answer->second, top);
  }
  std::string text;
  for (const runtime::Feature& feature : model.outputs) {
    const std::string line = value_line(outputs.at(feature.name), top, label);
    text += fmt::format("{}:{}{}\n", feature.name, line.starts_with('\n') ? "" : " ", line);
  }
  for (const auto& [name, value] : beside.inner) text += fmt::format("{}: {}\n", name, value_line(value, top));
  for (const auto& [name, value] : beside.states) text += fmt::format("state {}: {}\n", name, value_line(value, top));
  return text;
}

ordered_json prediction_json(const Values& outputs, const BesideOutputs& beside) {
  ordered_json result = {{"outputs", ordered_json::object()}};
  for (const auto& [name, value] : outputs) result["outputs"][name] = value_json(value);
  for (const auto& [name, value] : beside.inner) result["inner"][name] = value_json(value);
  for (const auto& [name, value] : beside.states) result["state"][name] = value_json(value);
  return result;
}

void write_prediction(const std::filesystem::path& folder, const Values& outputs, const BesideOutputs& beside,
                      const InputFiles& inputs) {
  Files files;
  FileNames names;
  ordered_json rest = ordered_json::object();
  for (const auto& [name, value] : outputs) add_file(files, folder, name, value, names, rest);
  FileNames inner_names;
  for (const auto& [name, value] : beside.inner) add_file(files, folder / "inner", name, value, inner_names, rest);
  FileNames state_names;
  for (const auto& [name, value] : beside.states) add_file(files, folder / "state", name, value, state_names, rest);
  if (!rest.empty()) {
    constexpr auto replace = ordered_json::error_handler_t::replace;
    files[folder / "outputs.json"] = rest.dump(2, ' ', false, replace) + "\n";
  }
  for (const auto& [file, content] : files) inputs.require_other(file);
  for (const auto& [file, content] : files) write_file_atomically(file, content);
}

}  // namespace goldilocks::cli
