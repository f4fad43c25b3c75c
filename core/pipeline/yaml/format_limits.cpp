#include "core/pipeline/yaml/format_limits.hpp"

#include "core/base/error.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/quantization/storable.hpp"

namespace goldilocks::pipeline {

const std::vector<weights::Weight>& FormatLimits::weights_of(const std::filesystem::path& model,
                                                             const std::string& compress_for) {
  const auto [entry, is_new] = weights_.try_emplace({model, compress_for});
  if (!is_new) return entry->second;
  try {
    const bool stays = compress_for == "as_is";
    const auto taken =
        formats::open(model)->take_weights(model.string(), {}, {.system = stays ? "" : compress_for, .stays = stays});
    entry->second.assign(taken->weights().begin(), taken->weights().end());
  } catch (const Error& error) {
    if (error.exit_code() == ExitCode::interrupted || error.exit_code() == ExitCode::internal) throw;
  }
  return entry->second;
}

std::string FormatLimits::reason_against(const std::filesystem::path& model, const QuantizeStage& stage,
                                         const SweptFunction& swept, int bits, const quantization::Layout& layout) {
  const auto [function, is_new] = functions_.try_emplace(&swept);
  QuantizeRequest request;
  request.requantize = stage.requantize;
  request.joint = stage.joint;
  request.weight_threshold = stage.weight_threshold;
  try {
    request.plugin = &registry_.quantizer(swept.function.name);
    if (is_new) function->second = request.plugin->create(swept.function.options);
  } catch (const Error&) {
    return "";
  }
  if (function->second == nullptr) return "";
  return reason_against_all(weights_of(model, stage.compress_for), request, *function->second, bits, layout);
}

}  // namespace goldilocks::pipeline
