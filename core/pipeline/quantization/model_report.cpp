#include <limits>

#include <nlohmann/json.hpp>

#include "core/pipeline/quantization/quantize_model.hpp"

namespace goldilocks::pipeline {

std::string to_json(const ModelReport& report) {
  auto passes = nlohmann::ordered_json::array();
  for (const formats::PassReport& pass : report.passes) {
    auto notes = nlohmann::ordered_json::array();
    for (const formats::PassNote& note : pass.notes) notes.push_back({{"layer", note.layer}, {"text", note.text}});
    passes.push_back({{"pass", pass.pass}, {"setting", pass.setting}, {"notes", std::move(notes)}});
  }
  auto list = nlohmann::ordered_json::array();
  for (const TensorReport& tensor : report.tensors) {
    list.push_back({{"layer", tensor.layer},
                    {"type", tensor.layer_type},
                    {"parameter", tensor.parameter},
                    {"count", tensor.count},
                    {"before", tensor.before},
                    {"after", tensor.after},
                    {"bytes_before", tensor.bytes_before},
                    {"bytes_after", tensor.bytes_after},
                    {"squared_error", tensor.squared_error},
                    {"relative_error", tensor.relative_error},
                    {"note", tensor.note},
                    {"function", tensor.function},
                    {"rule", tensor.rule}});
  }
  return nlohmann::ordered_json{{"passes", std::move(passes)}, {"tensors", std::move(list)}}.dump();
}

ModelReport report_from_json(std::string_view json) {
  ModelReport report;
  const auto document = nlohmann::json::parse(json);
  for (const auto& item : document.at("passes")) {
    formats::PassReport pass;
    item.at("pass").get_to(pass.pass);
    item.at("setting").get_to(pass.setting);
    for (const auto& note : item.at("notes")) {
      pass.notes.push_back({.layer = note.at("layer"), .text = note.at("text")});
    }
    report.passes.push_back(std::move(pass));
  }
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
    // JSON has no infinity: it is written as null.
    const auto& relative = item.at("relative_error");
    tensor.relative_error = relative.is_null() ? std::numeric_limits<double>::infinity() : relative.get<double>();
    item.at("note").get_to(tensor.note);
    item.at("function").get_to(tensor.function);
    item.at("rule").get_to(tensor.rule);
    report.tensors.push_back(std::move(tensor));
  }
  return report;
}

}  // namespace goldilocks::pipeline
