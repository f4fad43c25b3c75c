#include "core/pipeline/quantization/network_passes.hpp"

#include <algorithm>
#include <utility>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::pipeline {
namespace {

// Every bias layer by its name with its place, as weights::Weight has it.
std::set<std::string> bias_layers(const coreml::Model& model) {
  std::set<std::string> names;
  model::for_each_model(model, [&](const coreml::Model& inner, const std::string& model_place) {
    const auto network = model::network_of(inner);
    if (!network) return;
    model::for_each_layer(*network.layers, [&](const auto& layer, const std::string& place) {
      const std::string full_place = model_place.empty() ? place : model_place + ": " + place;
      if (layer.has_bias()) names.insert(full_place + layer.name());
    });
  });
  return names;
}

}  // namespace

bool PassSettings::operator==(const PassSettings& other) const {
  return fold.batchnorm == other.fold.batchnorm && fold.scale == other.fold.scale && fold.bias == other.fold.bias &&
         compaction == other.compaction;
}

model::FoldSettings FoldChoice::at(int bits) const {
  if (!automatic) return kinds;
  const bool coded = bits >= 1 && bits <= 8;
  return {.batchnorm = coded, .scale = coded, .bias = coded};
}

std::string to_text(const model::FoldSettings& fold) {
  std::string text;
  for (const auto& [on, kind] :
       {std::pair{fold.batchnorm, "batchnorm"}, std::pair{fold.scale, "scale"}, std::pair{fold.bias, "bias"}}) {
    if (on) text += (text.empty() ? "" : ", ") + std::string(kind);
  }
  return text.empty() ? "off" : text;
}

std::string to_text(Compaction compaction) {
  switch (compaction) {
    case Compaction::off:
      return "off";
    case Compaction::lossless:
      return "lossless";
    case Compaction::float16:
      return "float16";
  }
  return "";
}

bool PassOutcome::changed() const {
  return std::any_of(reports.begin(), reports.end(), [](const PassReport& report) { return !report.notes.empty(); });
}

PassOutcome apply_passes(coreml::Model& model, const PassSettings& settings) {
  PassOutcome outcome;
  PassReport& fold = outcome.reports.emplace_back(PassReport{"fold", to_text(settings.fold), {}});
  if (settings.folds()) fold.notes = model::fold_layers(model, settings.fold);

  PassReport compact{"compact_preprocessing", to_text(settings.compaction), {}};
  if (settings.compaction != Compaction::off) {
    const std::set<std::string> before = bias_layers(model);
    compact.notes = model::compact_preprocessing(model, {.float16 = settings.compaction == Compaction::float16});
    for (const std::string& layer : bias_layers(model)) {
      if (!before.contains(layer)) outcome.mean_images.insert(layer);
    }
  }
  outcome.reports.push_back(std::move(compact));
  return outcome;
}

}  // namespace goldilocks::pipeline
