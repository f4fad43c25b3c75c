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
#include "core/formats/ml_program/operations/table.hpp"
#include "core/formats/ml_program/program_model.hpp"
#include "core/formats/neural_network/layer_catalog.hpp"
#include "core/formats/neural_network/lowering/lower.hpp"
#include "core/formats/neural_network/lowering/network_states.hpp"
#include "core/formats/neural_network/lowering/other_sizes.hpp"
#include "core/formats/neural_network/network_weights.hpp"
#include "core/formats/neural_network/passes/passes.hpp"
#include "core/formats/neural_network/stored_weights.hpp"
#include "core/formats/neural_network/warnings.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/formats/neural_network/weight_table.hpp"
#include "core/formats/open_message.hpp"
#include "core/formats/pipeline_weights.hpp"

namespace goldilocks::formats {
namespace {

namespace spec = ::CoreML::Specification;
using Message = std::shared_ptr<spec::Model>;

class TakenWeights final : public ModelWeights {
 public:
  explicit TakenWeights(model::NetworkWeights content) : content_(std::move(content)) {}

  const std::string& name() const override { return content_.name(); }
  std::string description() const override { return content_.skeleton().description().metadata().shortdescription(); }
  std::span<const weights::Weight> weights() const override { return content_.weights(); }
  weights::Stored read(std::size_t weight) const override { return content_.read(weight); }
  std::uint64_t bytes_in_file(const weights::Stored& content) const override { return model::bytes_in_file(content); }
  std::vector<std::size_t> settle(std::span<weights::Change* const> changes) const override {
    return content_.settle(changes);
  }
  std::unique_ptr<Model> with(std::vector<std::optional<weights::Stored>> contents,
                              const std::string& what) const override {
    return open_message(content_.with(std::move(contents), what));
  }
  std::unique_ptr<Model> draft(std::span<const std::optional<weights::Stored>> contents) const override {
    return open_message(content_.draft(contents));
  }

 private:
  model::NetworkWeights content_;
};

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

  void change(const Changes& changes) override {
    // A message that is only looked at through a mutable_...() would be in the file from then on.
    const auto metadata = [&] { return message_->mutable_description()->mutable_metadata(); };
    if (!changes.description.empty()) metadata()->set_shortdescription(changes.description);
    for (const auto& [key, value] : changes.user_defined) (*metadata()->mutable_userdefined())[key] = value;
  }
  PassOutcome apply(const PassSettings& settings) override { return model::apply_passes(*message_, settings); }
  std::unique_ptr<ModelWeights> take_weights(const std::string& name, const std::set<std::string>& mean_images,
                                             const VersionLimit& limit) override {
    if (limit.stays || !limit.system.empty()) {
      throw UsageError(name, "the system to compress for can be chosen for ML Programs alone");
    }
    inner_models_.clear();  // they are parts of the message
    auto taken = std::make_unique<spec::Model>();
    taken->Swap(message_.get());
    return std::make_unique<TakenWeights>(model::NetworkWeights(std::move(taken), name, mean_images));
  }

  std::uint64_t size() const override { return message_->ByteSizeLong(); }
  std::string serialize() const override { return model::serialize_model(*message_); }

 protected:
  const spec::Model& message() const { return *message_; }
  spec::Model& mutable_message() { return *message_; }

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
  PipelineModel(const Message& message, const std::shared_ptr<ml_program::Package>& package)
      : MessageModel(message), package_(package) {
    spec::Pipeline& pipeline = *model::pipeline_of(*message);
    for (int i = 0; i < pipeline.models_size(); ++i) {
      inner_models_.push_back({model::contained_place(pipeline, i, ""),
                               i < pipeline.names_size() ? pipeline.names(i) : std::to_string(i),
                               open_message({message, pipeline.mutable_models(i)}, package)});
    }
  }

  Structure structure() const override { return Structure::pipeline; }

  model::ModelSummary summary() const override {
    model::ModelSummary summary = MessageModel::summary();
    for (const InnerModel& inner : inner_models_) {
      if (inner.model->type() == "mlProgram") add_program(summary, inner);
    }
    return summary;
  }

  StoredWeights stored_weights() const override {
    StoredWeights stored = MessageModel::stored_weights();
    for (const InnerModel& inner : inner_models_) {
      if (inner.model->type() != "mlProgram") continue;
      const StoredWeights own = inner.model->stored_weights();
      const bool is_first = stored.form.empty();
      if (is_first) stored.form = own.form;
      if (is_first) stored.bits = own.bits;
      if (stored.bits != own.bits) stored.bits = 0;
      if (stored.form != own.form) stored.form = "mixed";
      stored.count += own.count;
    }
    return stored;
  }

  std::unique_ptr<ModelWeights> take_weights(const std::string& name, const std::set<std::string>& mean_images,
                                             const VersionLimit& limit) override {
    if (!has_programs(message())) return MessageModel::take_weights(name, mean_images, limit);
    inner_models_.clear();  // they are parts of the message
    return take_pipeline_weights(mutable_message(), package_, name, mean_images, limit);
  }

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

 private:
  // What the message of a program says nothing of.
  static void add_program(model::ModelSummary& summary, const InnerModel& inner) {
    const model::ModelSummary own = inner.model->summary();
    summary.layers += own.layers;
    for (const auto& [type, count] : own.layer_counts) {
      const auto same = std::ranges::find(summary.layer_counts, type, &std::pair<std::string, int>::first);
      if (same == summary.layer_counts.end()) {
        summary.layer_counts.emplace_back(type, count);
      } else {
        same->second += count;
      }
    }
    std::ranges::stable_sort(summary.layer_counts, std::ranges::greater{}, &std::pair<std::string, int>::second);
    summary.parameters += own.parameters;
    summary.weight_bytes += own.weight_bytes;
    summary.other_bytes -= std::min(summary.other_bytes, own.weight_bytes);
    for (const auto& [form, bytes] : own.bytes_by_form) summary.bytes_by_form[form] += bytes;
    for (model::WeightSummary weight : own.weights) {
      weight.model = inner.place;
      summary.weights.push_back(std::move(weight));
    }
  }

  std::shared_ptr<ml_program::Package> package_;
};

}  // namespace

std::unique_ptr<Model> open_message(Message message, std::shared_ptr<ml_program::Package> package) {
  if (message->has_mlprogram()) return ml_program::program_model(std::move(package), std::move(message));
  if (model::network_of(*message)) return std::make_unique<NetworkModel>(std::move(message));
  if (model::pipeline_of(*message) != nullptr) return std::make_unique<PipelineModel>(message, package);
  if (lowering::is_feature_model(*message)) return std::make_unique<SmallModel>(std::move(message));
  return std::make_unique<MessageModel>(std::move(message));
}

std::unique_ptr<Model> open(const std::filesystem::path& path) { return open(path, path.string()); }

std::unique_ptr<Model> open(const std::filesystem::path& path, const std::string& name) {
  auto package = std::make_shared<ml_program::Package>(ml_program::Package::open(path, name));
  auto message = package->message();
  return open_message(std::move(message), std::move(package));
}

std::unique_ptr<Model> open(std::span<const std::byte> content, std::string_view name) {
  return open_message(model::parse_model(content, name));
}

std::unique_ptr<Model> open_function(const std::filesystem::path& path, const std::string& function) {
  return open_function(path, path.string(), function);
}

std::unique_ptr<Model> open_function(const std::filesystem::path& path, const std::string& name,
                                     const std::string& function) {
  std::unique_ptr<Model> model = open(path, name);
  within(name, [&] { model->select_function(function); });
  return model;
}

std::vector<std::string_view> layer_types() {
  std::vector<std::string_view> names;
  for (const model::LayerKind& kind : model::layer_kinds()) names.push_back(kind.name);
  const std::size_t of_networks = names.size();
  for (const ml_program::OperationRow& row : ml_program::all_operations()) {
    // A row for each set of operations in which it differs; and some have a name that a layer has, too.
    if (std::ranges::find(names, row.name) == names.end()) names.push_back(row.name);
  }
  std::ranges::sort(names.begin() + static_cast<std::ptrdiff_t>(of_networks), names.end());
  return names;
}

}  // namespace goldilocks::formats
