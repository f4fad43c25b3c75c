#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/validate.hpp"

// What the parts of the validator share. Each check_...() adds what it finds, and none throws for a bad model.
namespace goldilocks::model::validation {

using Layer = spec::NeuralNetworkLayer;
using Layers = google::protobuf::RepeatedPtrField<Layer>;
using Features = google::protobuf::RepeatedPtrField<spec::FeatureDescription>;

// Collects violations under a place.
class Findings {
 public:
  explicit Findings(std::vector<Violation>& sink, std::string place = {}) : sink_(&sink), place_(std::move(place)) {}

  // The same list, one place deeper: "models[1]: layer 'conv1'".
  Findings at(std::string_view inner) const {
    return Findings(*sink_, place_.empty() ? std::string(inner) : fmt::format("{}: {}", place_, inner));
  }

  template <class... Args>
  void add(std::string_view rule, fmt::format_string<Args...> problem, Args&&... args) const {
    sink_->push_back({place_, fmt::format(problem, std::forward<Args>(args)...), std::string(rule)});
  }

  // Adds the problem unless the condition holds, and returns the condition.
  template <class... Args>
  bool require(bool holds, std::string_view rule, fmt::format_string<Args...> problem, Args&&... args) const {
    if (!holds) add(rule, problem, std::forward<Args>(args)...);
    return holds;
  }

 private:
  std::vector<Violation>* sink_;
  std::string place_;
};

// True where every tensor of the network has its own rank, false where all have rank 5 as in the first versions.
bool has_exact_ranks(const NetworkView& network);

// A layer that the first versions of the format had, with options that they had.
bool is_base_layer(const Layer& layer);

// The rank that a layer itself states of its first input; 0: it states none, and rules about it are not tested.
int stated_rank(const Layer& layer);

// A list with an entry for height and one for width, or none.
bool is_pair_or_absent(int entries);

// A layer with the ranks that are known of its inputs and outputs; 0: unknown, or not looked at (rank-5 networks).
struct RankedLayer {
  const Layer& layer;
  std::vector<int> input_ranks;
  std::vector<int> output_ranks;
  bool exact = false;
};

void check_versions(const spec::Model& model, const Findings& findings);
void check_features(const spec::Model& model, const Findings& findings);
void check_network(const spec::Model& model, const NetworkView& network, const Findings& findings);
void check_graph(const spec::Model& model, const NetworkView& network, const Findings& findings);
void check_classifier(const spec::Model& model, const Findings& findings);
void check_layer(const RankedLayer& ranked, const Findings& findings);
void check_base_parameters(const RankedLayer& ranked, const Findings& findings);
void check_spatial_parameters(const Layer& layer, const Findings& findings);
void check_recurrent_parameters(const Layer& layer, const Findings& findings);
void check_shape_parameters(const RankedLayer& ranked, const Findings& findings);
void check_axis_parameters(const RankedLayer& ranked, const Findings& findings);
void check_weights(const Layer& layer, const Findings& findings);
void check_pipeline(const spec::Model& model, const spec::Pipeline& pipeline, const Findings& findings);
void check_feature_model(const spec::Model& model, const Findings& findings);
void check_suppression_model(const spec::Model& model, const Findings& findings);
void check_updatable(const spec::Model& model, const Findings& findings);

}  // namespace goldilocks::model::validation
