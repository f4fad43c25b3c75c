#include <set>
#include <string>
#include <utility>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/passes/passes.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {
namespace {

// Every layer that may hold a mean image, a bias layer or a constant, by its name with its place, as weights::Weight
// has it.
std::set<std::string> holding_layers(const spec::Model& model) {
  std::set<std::string> names;
  for_each_model(model, [&](const spec::Model& inner, const std::string& model_place) {
    const auto network = network_of(inner);
    if (!network) return;
    for_each_layer(*network.layers, [&](const auto& layer, const std::string& place) {
      const std::string full_place = model_place.empty() ? place : model_place + ": " + place;
      if (layer.has_bias() || layer.has_loadconstant()) names.insert(full_place + layer.name());
    });
  });
  return names;
}

}  // namespace

formats::PassOutcome apply_passes(spec::Model& model, const formats::PassSettings& settings) {
  formats::PassOutcome outcome;
  formats::PassReport& fold = outcome.reports.emplace_back(formats::PassReport{"fold", to_text(settings.fold), {}});
  if (settings.folds()) fold.notes = fold_layers(model, settings.fold);

  formats::PassReport compact{"compact_preprocessing", to_text(settings.compaction), {}};
  if (settings.compaction != formats::Compaction::off) {
    const std::set<std::string> before = holding_layers(model);
    compact.notes = compact_preprocessing(model, {.float16 = settings.compaction == formats::Compaction::float16,
                                                  .grid = settings.compaction == formats::Compaction::grid});
    for (const std::string& layer : holding_layers(model)) {
      if (!before.contains(layer)) outcome.mean_images.insert(layer);
    }
  }
  outcome.reports.push_back(std::move(compact));
  return outcome;
}

}  // namespace goldilocks::model
