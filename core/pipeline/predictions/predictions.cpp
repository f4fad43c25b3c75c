#include "core/pipeline/predictions/predictions.hpp"

#include <cstdint>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"

namespace goldilocks::pipeline {
namespace {

constexpr std::string_view format_name = "goldilocks predictions 1";
constexpr std::size_t alignment = 64;

[[noreturn]] void refuse(std::string_view name, const char* why) {
  throw DataError(fmt::format("{}: not a predictions file: {}", name, why));
}

}  // namespace

std::string serialize_predictions(const Predictions& predictions) {
  auto outputs = nlohmann::ordered_json::array();
  std::size_t bytes = 0;
  for (const PredictedOutput& output : predictions.outputs) {
    outputs.push_back({{"name", output.name}, {"dims", output.dims}});
    bytes += output.values.size_bytes();
  }
  const nlohmann::ordered_json header = {
      {"format", format_name}, {"samples", predictions.samples}, {"outputs", outputs}};
  std::string content = header.dump();
  content.resize((content.size() + 1 + alignment - 1) / alignment * alignment - 1, ' ');
  content += '\n';
  content.reserve(content.size() + bytes);
  for (const PredictedOutput& output : predictions.outputs) {
    content.append(reinterpret_cast<const char*>(output.values.data()), output.values.size_bytes());
  }
  return content;
}

Predictions parse_predictions(std::span<const std::byte> bytes, std::string_view name) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) refuse(name, "no header");
  Predictions predictions;
  try {
    const auto header = nlohmann::json::parse(text.substr(0, end));
    if (header.at("format") != format_name) refuse(name, "another format");
    predictions.samples = header.at("samples").get<std::size_t>();
    std::span<const std::byte> rest = bytes.subspan(end + 1);
    for (const auto& item : header.at("outputs")) {
      PredictedOutput output;
      item.at("name").get_to(output.name);
      item.at("dims").get_to(output.dims);
      std::size_t count = predictions.samples;
      for (const std::int64_t dim : output.dims) {
        if (dim < 0 || (dim > 0 && count > rest.size() / static_cast<std::size_t>(dim))) refuse(name, "cut short");
        count *= static_cast<std::size_t>(dim);
      }
      if (count * sizeof(float) > rest.size()) refuse(name, "cut short");
      output.values = {reinterpret_cast<const float*>(rest.data()), count};
      rest = rest.subspan(count * sizeof(float));
      predictions.outputs.push_back(std::move(output));
    }
  } catch (const nlohmann::json::exception&) {
    refuse(name, "a broken header");
  }
  if (predictions.outputs.empty()) refuse(name, "no output");
  return predictions;
}

}  // namespace goldilocks::pipeline
