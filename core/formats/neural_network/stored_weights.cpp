#include "core/formats/neural_network/stored_weights.hpp"

#include <map>
#include <set>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {
namespace {

constexpr double least_share = 0.05;

// One way of storing, with its width: {4, "table"}, {16, "float"}.
struct Way {
  std::uint32_t bits = 0;
  std::string kind;
  std::string name;  // form_name()
  auto operator<=>(const Way&) const = default;
};

bool is_float(const Way& way) { return way.kind == "float"; }

using Counts = std::map<Way, std::uint64_t>;  // values

Way way_of(const spec::WeightParams& params) {
  const std::string name = form_name(params);
  switch (stored_form(params)) {
    case form_float32:
      return {32, "float", name};
    case form_float16:
      return {16, "float", name};
    case form_int8:
      return {8, "int8", name};
    default:
      return {static_cast<std::uint32_t>(params.quantization().numberofbits()),
              params.quantization().has_lookuptablequantization() ? "table" : "linear", name};
  }
}

void leave_few_aside(Counts& counts) {
  std::uint64_t all = 0;
  for (const auto& [way, count] : counts) all += count;
  std::erase_if(counts, [&](const auto& entry) {
    return is_float(entry.first) && static_cast<double>(entry.second) < least_share * static_cast<double>(all);
  });
}

}  // namespace

formats::StoredWeights stored_weights(const spec::Model& model) {
  Counts weights;
  Counts vectors;
  formats::StoredWeights stored;
  for_each_model(model, [&](const spec::Model& inner, const std::string&) {
    const NetworkView network = network_of(inner);
    if (!network) return;
    for_each_layer(*network.layers, [&](const spec::NeuralNetworkLayer& layer, const std::string& place) {
      for_each_weight(layer, [&](const auto& slot) {
        stored.count += stored_count(*slot.params);
        if (!slot.enabled) return;
        const auto slot_place = [&] { return fmt::format("layer '{}{}', {}", place, layer.name(), slot.parameter); };
        if (within(slot_place, [&] { return stored_form(*slot.params); }) == form_empty) return;
        (slot.is_vector ? vectors : weights)[way_of(*slot.params)] += stored_count(*slot.params);
      });
    });
  });
  Counts& counts = weights.empty() ? vectors : weights;
  if (counts.empty()) return stored;
  leave_few_aside(counts);
  std::set<std::uint32_t> widths;
  std::set<std::string> kinds;
  for (const auto& [way, count] : counts) {
    widths.insert(way.bits);
    kinds.insert(way.kind);
  }
  stored.bits = widths.size() > 1 ? 0 : *widths.begin();
  if (widths.size() > 1) {
    stored.form = fmt::format("mixed {}-{} bits", *widths.begin(), *widths.rbegin());
  } else if (kinds.size() == 1) {
    stored.form = counts.begin()->first.name;
  } else {
    stored.form = fmt::format("{} bits, {}", stored.bits, fmt::join(kinds, " and "));
  }
  return stored;
}

}  // namespace goldilocks::model
