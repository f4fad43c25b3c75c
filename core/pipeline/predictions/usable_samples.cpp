#include "core/pipeline/predictions/usable_samples.hpp"

#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/data/split.hpp"

namespace goldilocks::pipeline {

std::string unusable_notes(const std::vector<data::UnusableSample>& unusable) {
  if (unusable.empty()) return "";
  auto samples = nlohmann::ordered_json::array();
  for (const data::UnusableSample& sample : unusable) {
    samples.push_back({{"sample", sample.sample}, {"reason", sample.reason}});
  }
  return nlohmann::ordered_json{{"unusable", samples}}.dump(-1, ' ', false,
                                                            nlohmann::ordered_json::error_handler_t::replace);
}

std::vector<data::UnusableSample> unusable_samples(std::string_view notes) {
  std::vector<data::UnusableSample> unusable;
  if (notes.empty()) return unusable;
  try {
    const auto document = nlohmann::json::parse(notes);
    for (const auto& entry : document.at("unusable")) {
      unusable.push_back({entry.at("sample").get<std::size_t>(), entry.at("reason").get<std::string>()});
    }
  } catch (const nlohmann::json::exception&) {
    throw DataError("the notes of an artifact don't say which samples are unusable");
  }
  return unusable;
}

std::shared_ptr<const data::Dataset> usable_part(const std::shared_ptr<const data::Dataset>& dataset,
                                                 std::string_view notes) {
  const std::vector<data::UnusableSample> unusable = unusable_samples(notes);
  if (unusable.empty()) return dataset;
  std::vector<bool> left_out(dataset->samples.size(), false);
  for (const data::UnusableSample& sample : unusable) left_out.at(sample.sample) = true;
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < left_out.size(); ++i) {
    if (!left_out[i]) usable.push_back(i);
  }
  return std::make_shared<data::Dataset>(data::take_samples(*dataset, usable));
}

}  // namespace goldilocks::pipeline
