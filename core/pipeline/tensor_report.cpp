#include <nlohmann/json.hpp>

#include "core/pipeline/quantize_model.hpp"

namespace goldilocks::pipeline {

std::string to_json(std::span<const TensorReport> tensors) {
  auto list = nlohmann::ordered_json::array();
  for (const TensorReport& tensor : tensors) {
    list.push_back({{"layer", tensor.layer},
                    {"type", tensor.layer_type},
                    {"parameter", tensor.parameter},
                    {"count", tensor.count},
                    {"before", tensor.before},
                    {"after", tensor.after},
                    {"bytes_before", tensor.bytes_before},
                    {"bytes_after", tensor.bytes_after},
                    {"squared_error", tensor.squared_error},
                    {"note", tensor.note}});
  }
  return nlohmann::ordered_json{{"tensors", std::move(list)}}.dump();
}

std::vector<TensorReport> tensors_from_json(std::string_view json) {
  std::vector<TensorReport> tensors;
  const auto document = nlohmann::json::parse(json);
  for (const auto& item : document.at("tensors")) {
    TensorReport tensor;
    item.at("layer").get_to(tensor.layer);
    item.at("type").get_to(tensor.layer_type);
    item.at("parameter").get_to(tensor.parameter);
    item.at("count").get_to(tensor.count);
    item.at("before").get_to(tensor.before);
    item.at("after").get_to(tensor.after);
    item.at("bytes_before").get_to(tensor.bytes_before);
    item.at("bytes_after").get_to(tensor.bytes_after);
    item.at("squared_error").get_to(tensor.squared_error);
    item.at("note").get_to(tensor.note);
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace goldilocks::pipeline
