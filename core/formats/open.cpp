// The kinds of models, and which of them a file holds. What a kind can do is in its folder; here each is put behind the
// one interface.
#include "core/formats/open.hpp"

#include <algorithm>
#include <utility>

#include "core/formats/coreml/describe.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/summary.hpp"
#include "core/formats/coreml/validate.hpp"
#include "core/formats/feature_models/features.hpp"
#include "core/formats/ml_program/package.hpp"
#include "core/formats/neural_network/layer_catalog.hpp"
#include "core/formats/neural_network/lowering/lower.hpp"
#include "core/formats/neural_network/lowering/network_states.hpp"
#include "core/formats/neural_network/lowering/other_sizes.hpp"
#include "core/formats/neural_network/stored_weights.hpp"
#include "core/formats/neural_network/warnings.hpp"
#include "core/formats/neural_network/weight_table.hpp"
#include "core/formats/open_message.hpp"

namespace goldilocks::formats {
namespace {

namespace spec = ::CoreML::Specification;
using Message = std::shared_ptr<const spec::Model>;

// What all kinds have in common; and a model of a kind that can only be described.
class MessageModel : public Model {
 public:
  explicit MessageModel(Message message) : message_(std::move(message)) {}

  std::string type() const override { return model::model_type(*message_); }
  Structure structure() const override { return Structure::unknown; }
  Description description() const override { return describe(*message_); }
  std::vector<std::string> labels() const override { return model::class_labels(*message_); }
  model::ModelSummary summary() const override { return model::summarize(*message_); }
  StoredWeights stored_weights() const override { return model::stored_weights(*message_); }
  std::vector<model::Violation> validate() const override { return model::validate(*message_); }
  std::vector<model::Violation> warnings() const override { return model::warnings(*message_); }
  const std::vector<InnerModel>& inner_models() const override { return inner_models_; }
  std::vector<Layer> layers() const override { return {}; }

  std::shared_ptr<const lowering::Network> lower(const lowering::InputSizes& sizes,
                                                 const lowering::LoweringOptions& options) const override {
    return lowering::lower(*message_, sizes, options);
  }
  std::vector<lowering::InputSizes> other_sizes() const override { return lowering::other_sizes(*message_); }
  std::shared_ptr<const lowering::FeatureModel> lower_features() const override {
    return lowering::lower_features(*message_);
  }

  std::shared_ptr<const Model> with(const Changes& changes) const override {
    auto copy = std::make_shared<spec::Model>(*message_);
    // A message that is only looked at through a mutable_...() would be in the file from then on.
    const auto metadata = [&] { return copy->mutable_description()->mutable_metadata(); };
    if (!changes.description.empty()) metadata()->set_shortdescription(changes.description);
    for (const auto& [key, value] : changes.user_defined) (*metadata()->mutable_userdefined())[key] = value;
    return open_message(std::move(copy));
  }
  std::string serialize() const override { return model::serialize_model(*message_); }

 protected:
  const spec::Model& message() const { return *message_; }

  std::vector<InnerModel> inner_models_;

 private:
  Message message_;
};

class NetworkModel final : public MessageModel {
 public:
  using MessageModel::MessageModel;

  Structure structure() const override { return Structure::network; }

  Description description() const override {
    Description result = MessageModel::description();
    const model::NetworkView network = model::network_of(message());
    result.states = lowering::network_states(message(), network);
    result.takes_sequences = network.array_mapping != spec::EXACT_ARRAY_MAPPING;
    return result;
  }

  std::vector<Layer> layers() const override {
    std::vector<Layer> layers;
    model::for_each_layer(*model::network_of(message()).layers, [&](const auto& layer, const std::string& place) {
      layers.push_back({place, layer.name(), {layer.output().begin(), layer.output().end()}});
    });
    return layers;
  }
};

class SmallModel final : public MessageModel {
 public:
  using MessageModel::MessageModel;

  Structure structure() const override { return Structure::features; }
};

bool names(const std::vector<runtime::Feature>& features, const std::string& name) {
  return std::ranges::find(features, name, &runtime::Feature::name) != features.end();
}

class PipelineModel final : public MessageModel {
 public:
  explicit PipelineModel(const Message& message) : MessageModel(message) {
    const spec::Pipeline& pipeline = *model::pipeline_of(*message);
    for (int i = 0; i < pipeline.models_size(); ++i) {
      inner_models_.push_back({model::contained_place(pipeline, i, ""),
                               i < pipeline.names_size() ? pipeline.names(i) : std::to_string(i),
                               open_message({message, &pipeline.models(i)})});
    }
  }

  Structure structure() const override { return Structure::pipeline; }

  // With the states of inner models that are features of the pipeline.
  Description description() const override {
    Description result = MessageModel::description();
    for (const InnerModel& inner : inner_models_) {
      for (runtime::StateFeature& state : inner.model->description().states) {
        if (names(result.inputs, state.input) && names(result.outputs, state.output)) {
          result.states.push_back(std::move(state));
        }
      }
    }
    return result;
  }

  std::vector<std::string> labels() const override {
    return inner_models_.empty() ? MessageModel::labels() : inner_models_.back().model->labels();
  }
};

}  // namespace

std::shared_ptr<const Model> open_message(Message message) {
  if (model::network_of(*message)) return std::make_shared<NetworkModel>(std::move(message));
  if (model::pipeline_of(*message) != nullptr) return std::make_shared<PipelineModel>(message);
  if (lowering::is_feature_model(*message)) return std::make_shared<SmallModel>(std::move(message));
  return std::make_shared<MessageModel>(std::move(message));
}

std::shared_ptr<const Model> open(const std::filesystem::path& path) {
  const auto package = std::make_shared<ml_program::Package>(ml_program::Package::open(path));
  return open_message({package, &package->model()});
}

std::shared_ptr<const Model> open(std::span<const std::byte> content, std::string_view name) {
  return open_message(model::parse_model(content, name));
}

std::vector<std::string_view> layer_types() {
  std::vector<std::string_view> names;
  for (const model::LayerKind& kind : model::layer_kinds()) names.push_back(kind.name);
  return names;
}

}  // namespace goldilocks::formats
