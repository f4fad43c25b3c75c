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
  throw DataError(name, fmt::format("not a predictions file: {}", why));
}

}  // namespace

PredictionsWriter::PredictionsWriter(OpenFile& file, std::size_t samples, const std::vector<Output>& outputs)
    : file_(file) {
  auto list = nlohmann::ordered_json::array();
  for (const Output& output : outputs) list.push_back({{"name", output.name}, {"dims", output.dims}});
  const nlohmann::ordered_json header = {{"format", format_name}, {"samples", samples}, {"outputs", list}};
  std::string text = header.dump();
  text.resize((text.size() + 1 + alignment - 1) / alignment * alignment - 1, ' ');
  text += '\n';
  file.write(0, std::as_bytes(std::span(text)));
  std::uint64_t begin = text.size();
  for (const Output& output : outputs) {
    std::uint64_t size = sizeof(float);
    for (const std::int64_t dim : output.dims) size *= static_cast<std::uint64_t>(dim);
    begins_.push_back(begin);
    sizes_.push_back(size);
    begin += size * samples;
  }
}

void PredictionsWriter::write(std::size_t output, std::size_t sample, std::span<const float> values) {
  file_.write(begins_.at(output) + sample * sizes_.at(output), std::as_bytes(values));
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

void PredictionsSink::begin(const std::vector<std::vector<std::int64_t>>& dims) {
  std::vector<PredictionsWriter::Output> outputs;
  for (std::size_t i = 0; i < names_.size(); ++i) outputs.push_back({names_[i], dims.at(i)});
  writer_.emplace(file_, samples_, outputs);
}

void PredictionsSink::take(std::size_t output, std::size_t sample, std::span<const float> values) {
  writer_.value().write(output, sample, values);
}

}  // namespace goldilocks::pipeline
