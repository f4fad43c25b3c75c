#include "core/cli/prediction_inputs.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/suggest.hpp"
#include "core/runtime/arrays.hpp"
#include "core/runtime/features.hpp"
#include "core/runtime/files.hpp"
#include "core/runtime/loaded_model.hpp"

namespace goldilocks::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using runtime::Feature;
using runtime::Kind;
using runtime::Value;

[[noreturn]] void fail(const Feature& input, const std::string& problem) {
  throw UsageError(fmt::format("{}: {}", runtime::input_place(input), problem));
}

// ---- which value is for which input

// The input that may go without its name.
const Feature* only_input(const std::vector<Feature>& inputs) {
  const Feature* found = nullptr;
  for (const Feature& input : inputs) {
    if (input.optional) continue;
    if (found != nullptr) return nullptr;
    found = &input;
  }
  return found == nullptr && inputs.size() == 1 ? inputs.data() : found;
}

std::vector<std::string> names_of(const std::vector<Feature>& inputs) {
  std::vector<std::string> names;
  names.reserve(inputs.size());
  for (const Feature& input : inputs) names.push_back(input.name);
  return names;
}

struct Assignment {
  std::string input, value;
};

Assignment split(const std::string& given, const std::vector<Feature>& inputs) {
  const std::size_t equals = given.find('=');
  const std::string name = given.substr(0, equals);
  if (equals != std::string::npos && std::ranges::find(inputs, name, &Feature::name) != inputs.end()) {
    return {name, given.substr(equals + 1)};
  }
  if (const Feature* only = only_input(inputs)) return {only->name, given};
  const std::vector<std::string> names = names_of(inputs);
  if (equals == std::string::npos) {
    throw UsageError(fmt::format("--input {}: say which input it is for: NAME=VALUE, with one of {}", given,
                                 fmt::join(names, ", ")));
  }
  throw UsageError(fmt::format("the model has no input '{}'{}", name, did_you_mean(name, names)));
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code problem;
  for (fs::recursive_directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const bool hidden = entry->path().filename().string().starts_with(".");
    if (hidden && entry->is_directory()) entry.disable_recursion_pending();
    if (!hidden && entry->is_regular_file()) files.push_back(fs::relative(entry->path(), folder));
  }
  if (problem) throw FileError(folder, "read", problem.value());
  if (files.empty()) throw DataError(folder.string() + ": there is no file in this folder");
  std::ranges::sort(files);
  return files;
}

// ---- from text to a value

std::optional<Value> number_of(const std::string& text) {
  const char* end = text.data() + text.size();
  std::int64_t integer = 0;
  if (const auto [rest, problem] = std::from_chars(text.data(), end, integer); problem == std::errc() && rest == end) {
    return integer;
  }
  double number = 0;
  if (const auto [rest, problem] = std::from_chars(text.data(), end, number); problem == std::errc() && rest == end) {
    return number;
  }
  return std::nullopt;
}

// Lists of lists as an array: how long each level is, and the numbers in order.
void collect_numbers(const json& node, std::size_t depth, const Feature& input, std::vector<std::int64_t>& shape,
                     std::vector<double>& values) {
  if (!node.is_array()) {
    if (!node.is_number()) fail(input, fmt::format("{} is no number", node.dump()));
    if (depth != shape.size()) fail(input, "its lists are not equally deep");
    values.push_back(node.get<double>());
    return;
  }
  const auto size = static_cast<std::int64_t>(node.size());
  if (depth == shape.size()) {
    if (!values.empty()) fail(input, "its lists are not equally deep");
    shape.push_back(size);
  } else if (shape[depth] != size) {
    fail(input, fmt::format("its lists are not equally long: {} and {}", shape[depth], size));
  }
  for (const json& inner : node) collect_numbers(inner, depth + 1, input, shape, values);
}

double number_in(const json& node, const Feature& input) {
  if (!node.is_number()) fail(input, fmt::format("{} is no number", node.dump()));
  return node.get<double>();
}

Value dictionary_of(const json& node, const Feature& input) {
  runtime::TextDictionary texts;
  runtime::IntegerDictionary integers;
  for (const auto& [key, value] : node.items()) {
    if (!input.integers) {
      texts[key] = number_in(value, input);
      continue;
    }
    const std::optional<Value> number = number_of(key);
    if (!number || !std::holds_alternative<std::int64_t>(*number)) {
      fail(input, fmt::format("the key '{}' is no whole number", key));
    }
    integers[std::get<std::int64_t>(*number)] = number_in(value, input);
  }
  if (input.integers) return integers;
  return texts;
}

Value sequence_of(const json& node, const Feature& input) {
  runtime::TextSequence texts;
  runtime::IntegerSequence integers;
  for (const json& element : node) {
    if (input.integers ? !element.is_number_integer() : !element.is_string()) {
      fail(input, fmt::format("{} is no {}", element.dump(), input.integers ? "whole number" : "text"));
    }
    if (input.integers) {
      integers.push_back(element.get<std::int64_t>());
    } else {
      texts.push_back(element.get<std::string>());
    }
  }
  if (input.integers) return integers;
  return texts;
}

Value value_of(const json& node, const Feature& input) {
  if (node.is_object() && input.kind == Kind::dictionary) return dictionary_of(node, input);
  if (node.is_array() && input.kind == Kind::sequence) return sequence_of(node, input);
  if (node.is_number_integer()) return node.get<std::int64_t>();
  if (node.is_number()) return node.get<double>();
  if (node.is_string()) return node.get<std::string>();
  if (!node.is_array()) fail(input, fmt::format("takes {}, and JSON of another kind is given", input.type));
  std::vector<std::int64_t> shape;
  std::vector<double> values;
  collect_numbers(node, 0, input, shape, values);
  return runtime::make_array(std::move(shape), values);
}

Value value_of_json(std::string_view text, const std::string& place, const Feature& input) {
  // Bounded as it is read: what is nested much deeper would exhaust the stack when it is printed.
  const auto is_shallow = [&](int depth, json::parse_event_t, const json&) {
    constexpr int deepest = 32;
    if (depth > deepest) fail(input, fmt::format("JSON that is nested deeper than {}", deepest));
    return true;
  };
  try {
    return value_of(json::parse(text, is_shallow), input);
  } catch (const json::exception& error) {
    throw DataError(fmt::format("{}: not readable as JSON: {}", place, error.what()));
  }
}

// Pixels in an array: [H, W, 3], or [H, W] of gray.
Value image_of(const runtime::Array& array, const Feature& input) {
  const bool gray = array.shape.size() == 2;
  if (!gray && (array.shape.size() != 3 || array.shape[2] != 3)) {
    fail(input, fmt::format("an array as an image has the shape [H, W, 3] or [H, W], not {}",
                            runtime::shape_text(array.shape)));
  }
  constexpr std::int64_t most = 1 << 16;
  if (array.shape[0] > most || array.shape[1] > most) fail(input, "an image of too many pixels");
  runtime::Image image{static_cast<int>(array.shape[1]),
                       static_cast<int>(array.shape[0]),
                       gray ? runtime::PixelFormat::gray : runtime::PixelFormat::rgb,
                       {}};
  if (gray && input.pixels == runtime::PixelFormat::gray_float16) {
    image.format = runtime::PixelFormat::gray_float16;
    image.pixels = runtime::with_type(array, runtime::ElementType::float16).data;
    return image;
  }
  for (const std::int64_t value : runtime::to_integers(array)) {
    if (value < 0 || value > 255) fail(input, fmt::format("a pixel of {}; they go from 0 to 255", value));
    image.pixels.push_back(static_cast<std::byte>(value));
  }
  return image;
}

Value value_of_npy(const std::string& file, const Feature& input) {
  runtime::Array array = runtime::read_npy(file);
  if (input.kind == Kind::image) return image_of(array, input);
  return array;
}

bool has_extension(const std::string& text, const char* extension) {
  return fs::path(text).extension() == extension && fs::exists(text);
}

}  // namespace

std::vector<PredictionRequest> prediction_requests(const std::vector<std::string>& given,
                                                   const std::vector<Feature>& inputs) {
  const Feature* only = only_input(inputs);
  PredictionRequest common;
  std::vector<std::pair<std::string, std::string>> several;  // name and value
  for (const std::string& text : given) {
    const Assignment assignment = split(text, inputs);
    if (only != nullptr && assignment.input == only->name) {
      if (fs::is_directory(assignment.value)) {
        for (const fs::path& file : files_below(assignment.value)) {
          several.emplace_back(file.string(), (assignment.value / file).string());
        }
      } else {
        const bool file = fs::exists(assignment.value);
        several.emplace_back(file ? fs::path(assignment.value).filename().string() : assignment.value,
                             assignment.value);
      }
    } else if (!common.values.emplace(assignment.input, assignment.value).second) {
      throw UsageError(fmt::format("the input '{}' is given twice", assignment.input));
    }
  }
  if (several.empty()) return {common};
  std::vector<PredictionRequest> requests;
  std::set<std::string> names;
  for (const auto& [name, value] : several) {
    if (!names.insert(name).second) throw UsageError(fmt::format("'{}' is given twice", name));
    PredictionRequest request = common;
    request.name = name;
    request.values[only->name] = value;
    requests.push_back(std::move(request));
  }
  return requests;
}

Value read_value(const std::string& text, const Feature& input, const data::Preparation& preparation) {
  Value value;
  if (has_extension(text, ".npy")) {
    value = value_of_npy(text, input);
  } else if (has_extension(text, ".json")) {
    value = value_of_json(read_file(text), text, input);
  } else if (input.kind == Kind::image) {
    value = runtime::from_data(data::load_image(text));
  } else if (input.kind == Kind::text) {
    return text;
  } else if (text.starts_with('[') || text.starts_with('{')) {
    value = value_of_json(text, runtime::input_place(input), input);
  } else if (const std::optional<Value> number = number_of(text)) {
    value = *number;
  } else {
    fail(input, fmt::format("takes {}; '{}' is no such value, and no .npy or .json file", input.type, text));
  }
  auto* image = std::get_if<runtime::Image>(&value);
  if (image == nullptr || image->format == runtime::PixelFormat::gray_float16) return value;
  return runtime::fit_to_input(*image, input, preparation);
}

}  // namespace goldilocks::cli
