#include "core/pipeline/quantization/quantization_notices.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/quantization/weight_error.hpp"

namespace goldilocks::pipeline {
namespace {

// More than these are counted, not listed.
constexpr std::size_t named_tensors = 4;

std::string tensors_text(std::size_t count) { return fmt::format("{} tensor{}", count, count == 1 ? "" : "s"); }

// The first of some texts, and how many more there are.
std::string listing(const std::vector<std::string>& texts) {
  const std::vector<std::string> first(
      texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(std::min(named_tensors, texts.size())));
  const std::size_t more = texts.size() - first.size();
  return fmt::format("{}{}", fmt::join(first, ", "), more == 0 ? "" : fmt::format(" and {} more", more));
}

}  // namespace

void check_has_network(const formats::Model& model, const std::string& name) {
  if (formats::has_network(model)) return;
  const std::string type = model.type();
  const char* within = model.structure() == formats::Structure::pipeline ? " without a neural network in it" : "";
  throw ModelError(
      name,
      fmt::format(
          "there is nothing to quantize: it is of the kind '{}'{}, and what is quantized are the weights of "
          "neural networks (neuralNetwork, neuralNetworkClassifier, neuralNetworkRegressor), also in pipelines, and of "
          "ML Programs",
          type.empty() ? "none" : type, within));
}

std::string idle_notice(const std::vector<TensorReport>& tensors) {
  if (tensors.empty()) return "nothing was quantized: the model has no weights";
  std::map<std::string, std::size_t> reasons;
  for (const TensorReport& tensor : tensors) {
    if (!tensor.function.empty()) return "";
    ++reasons[tensor.note];
  }
  std::vector<std::string> texts;
  for (const auto& [reason, count] : reasons) texts.push_back(fmt::format("{}: {}", tensors_text(count), reason));
  return "nothing was quantized; " + listing(texts);
}

std::string loss_notice(const std::vector<TensorReport>& tensors) {
  std::vector<std::string> texts;
  for (const TensorReport& tensor : tensors) {
    if (tensor.relative_error <= quantization::relative_error_bound) continue;
    texts.push_back(fmt::format("{}.{} ({:.2g})", tensor.layer, tensor.parameter, tensor.relative_error));
  }
  if (texts.empty()) return "";
  return fmt::format("{} of {} with a relative error above {}: {}", tensors_text(texts.size()), tensors.size(),
                     quantization::relative_error_bound, listing(texts));
}

}  // namespace goldilocks::pipeline
