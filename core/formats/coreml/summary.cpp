// Where the bytes of a model go. Weights and preprocessing are counted by their content; what is left of the file's
// size is structure, names, labels and metadata.
#include "core/formats/coreml/summary.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/formats/coreml/feature_text.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;

std::vector<FeatureSummary> features_of(const google::protobuf::RepeatedPtrField<spec::FeatureDescription>& features) {
  std::vector<FeatureSummary> all;
  for (const spec::FeatureDescription& feature : features) {
    all.push_back({feature.name(), feature_text(feature.type()), feature.type().isoptional()});
  }
  return all;
}

// What is shown of a parameter must not depend on it being right: a count that can't be is what is stored.
std::uint64_t count_of(const WeightSlot<const spec::WeightParams>& slot) {
  return slot.shape.empty() ? stored_count(*slot.params) : element_count(slot.shape).value_or(0);
}

void add_weight(ModelSummary& summary, const Layer& layer, const std::string& model_place, const std::string& place,
                const WeightSlot<const spec::WeightParams>& slot) {
  const std::uint64_t bytes = stored_bytes(*slot.params);
  if (bytes == 0) return;
  WeightSummary weight{.model = model_place,
                       .layer = place + layer.name(),
                       .layer_type = layer_type(layer),
                       .parameter = slot.parameter,
                       .form = form_name(*slot.params),
                       .shape = slot.shape,
                       .count = count_of(slot),
                       .bytes = bytes};
  summary.parameters += weight.count;
  summary.weight_bytes += bytes;
  summary.bytes_by_form[weight.form] += bytes;
  summary.weights.push_back(std::move(weight));
}

}  // namespace

ModelSummary summarize(const spec::Model& model) {
  const spec::Metadata& metadata = model.description().metadata();
  ModelSummary summary;
  summary.type = model_type(model);
  summary.specification_version = model.specificationversion();
  summary.description = metadata.shortdescription();
  summary.author = metadata.author();
  summary.license = metadata.license();
  summary.version = metadata.versionstring();
  summary.user_defined = {metadata.userdefined().begin(), metadata.userdefined().end()};
  summary.inputs = features_of(model.description().input());
  summary.outputs = features_of(model.description().output());
  std::map<std::string, int> layer_counts;
  for_each_model(model, [&](const spec::Model& inner, const std::string& model_place) {
    const NetworkView network = network_of(inner);
    if (!network) return;
    for (const spec::NeuralNetworkPreprocessing& preprocessing : *network.preprocessing) {
      summary.preprocessing_bytes += preprocessing.ByteSizeLong();
    }
    for_each_layer(*network.layers, [&](const Layer& layer, const std::string& place) {
      ++summary.layers;
      ++layer_counts[layer_type(layer)];
      for_each_weight(layer, [&](const auto& slot) { add_weight(summary, layer, model_place, place, slot); });
    });
  });
  summary.layer_counts.assign(layer_counts.begin(), layer_counts.end());
  std::ranges::stable_sort(summary.layer_counts, std::ranges::greater{}, &std::pair<std::string, int>::second);
  summary.total_bytes = model.ByteSizeLong();
  summary.other_bytes = summary.total_bytes - summary.weight_bytes - summary.preprocessing_bytes;
  return summary;
}

}  // namespace goldilocks::model
