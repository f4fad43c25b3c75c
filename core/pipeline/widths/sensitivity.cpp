#include "core/pipeline/widths/sensitivity.hpp"

#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/base/error.hpp"

namespace goldilocks::pipeline {

SensitiveTensor measure_tensor(const WeightCandidates& candidates, std::size_t tensor, const ImageNetwork& base,
                               const DivergenceMeter& meter) {
  const CandidateTensor& facts = candidates.tensors().at(tensor);
  SensitiveTensor result;
  result.layer = facts.layer;
  result.parameter = facts.parameter;
  result.count = facts.count;
  std::vector<std::optional<weights::Stored>> contents(candidates.weights().weights().size());
  std::vector<ImageNetwork> changed;
  for (const Candidate& candidate : candidates.quantize(tensor)) {
    contents.at(facts.weight) = candidate.stored;
    const auto model = (candidates.weights().draft(contents));
    changed.push_back(lower_image_network(*model, candidates.weights().name()));
    result.bits.push_back(candidate.bits);
    result.bytes.push_back(candidate.bytes);
  }
  result.divergence = meter.measure_changes(base, changed);
  return result;
}

std::string to_json(const std::vector<SensitiveTensor>& tensors) {
  auto list = nlohmann::ordered_json::array();
  for (const SensitiveTensor& tensor : tensors) {
    auto widths = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < tensor.bits.size(); ++i) {
      widths.push_back({{"bits", tensor.bits[i]}, {"divergence", tensor.divergence[i]}, {"bytes", tensor.bytes[i]}});
    }
    list.push_back({{"layer", tensor.layer},
                    {"parameter", tensor.parameter},
                    {"count", tensor.count},
                    {"widths", std::move(widths)}});
  }
  return list.dump();
}

std::vector<SensitiveTensor> sensitivities_from_json(std::string_view json, const std::string& name) {
  std::vector<SensitiveTensor> tensors;
  try {
    for (const auto& item : nlohmann::json::parse(json)) {
      SensitiveTensor& tensor = tensors.emplace_back();
      item.at("layer").get_to(tensor.layer);
      item.at("parameter").get_to(tensor.parameter);
      item.at("count").get_to(tensor.count);
      for (const auto& width : item.at("widths")) {
        tensor.bits.push_back(width.at("bits"));
        // JSON has no infinity: it is written as null.
        const auto& divergence = width.at("divergence");
        tensor.divergence.push_back(divergence.is_null() ? std::numeric_limits<double>::infinity()
                                                         : divergence.get<double>());
        tensor.bytes.push_back(width.at("bytes"));
      }
    }
  } catch (const nlohmann::json::exception& error) {
    throw DataError(name, std::string("not the sensitivities of a model: ") + error.what());
  }
  return tensors;
}

}  // namespace goldilocks::pipeline
