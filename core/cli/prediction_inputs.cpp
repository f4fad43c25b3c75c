#include "core/cli/prediction_inputs.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/file_ending.hpp"
#include "core/base/files_below.hpp"
#include "core/base/litter.hpp"
#include "core/base/paths.hpp"
#include "core/base/suggest.hpp"
#include "core/data/sample_files.hpp"
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
  throw UsageError(runtime::input_place(input), problem);
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

// The files of a folder that can be this input's values: images and arrays for an image or an array, JSON for the rest.
std::vector<fs::path> files_for(const Feature& input, const fs::path& folder) {
  if (input.kind == Kind::image || input.kind == Kind::array) {
    std::vector<fs::path> files = data::samples_below(folder);
    if (files.empty()) throw DataError(folder.string(), "there is no image and no array in this folder");
    return files;
  }
  std::vector<fs::path> files = files_below(folder, is_hidden_or_litter);
  std::erase_if(files, [](const fs::path& file) { return !has_ending(file, {".json"}); });
  if (files.empty()) throw DataError(folder.string(), "there is no .json file in this folder");
  return files;
}

// A name of its own for each prediction: "x.jpg", "x_2.jpg".
class UniqueNames {
 public:
  std::string name(const fs::path& wanted) {
    fs::path unique = wanted;
    for (int number = 2; !taken_.insert(unique.string()).second; ++number) {
      unique =
          wanted.parent_path() / fmt::format("{}_{}{}", wanted.stem().string(), number, wanted.extension().string());
    }
    return unique.string();
  }

 private:
  std::set<std::string> taken_;
};

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
    throw DataError(place, fmt::format("not readable as JSON: {}", error.what()));
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

bool is_file_with(std::string_view ending, const std::string& text) {
  return has_ending(text, {ending}) && is_there(text);
}

}  // namespace

std::vector<PredictionRequest> prediction_requests(const std::vector<std::string>& given,
                                                   const std::vector<Feature>& inputs) {
  const Feature* only = only_input(inputs);
  PredictionRequest common;
  std::vector<PredictionRequest> several;
  UniqueNames names;
  const auto add = [&](const std::string& name, const std::string& folder, const std::string& value) {
    several.push_back({name, folder, {{only->name, value}}});
  };
  for (const std::string& text : given) {
    const auto [input, value] = split(text, inputs);
    if (only == nullptr || input != only->name) {
      if (!common.values.emplace(input, value).second) {
        throw UsageError(fmt::format("the input '{}' is given twice", input));
      }
    } else if (is_folder(value)) {
      for (const fs::path& file : files_for(*only, value)) {
        const std::string name = names.name(file);
        add(name, name, (value / file).string());
      }
    } else if (is_there(value)) {
      const std::string name = names.name(fs::path(value).filename());
      add(name, name, value);
    } else {
      // A literal may hold anything, "../.." too; so its folder has a number.
      add(value, names.name(std::to_string(several.size() + 1)), value);
    }
  }
  if (several.empty()) return {common};
  for (PredictionRequest& request : several) request.values.insert(common.values.begin(), common.values.end());
  return several;
}

Value read_value(const std::string& text, const Feature& input, const data::Preparation& preparation) {
  Value value;
  if (is_file_with(".npy", text)) {
    value = value_of_npy(text, input);
  } else if (is_file_with(".json", text)) {
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
