// The order of layers and the names of blobs. Blobs live in scopes: that of the whole network, and one for each network
// nested in a branch or loop, which sees all that came before it outside. What a nested network leaves to the layers
// after it is added to the scope around.
#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>

#include "core/formats/coreml/validation.hpp"
#include "core/formats/neural_network/layer_catalog.hpp"

namespace goldilocks::model::validation {
namespace {

constexpr int unknown_rank = 0;

// Blobs by name, with their rank where it is known. Names belong to the model.
struct Scope {
  const Scope* parent = nullptr;
  // Set for a loop's condition network: its body sees these blobs, and may produce them itself.
  bool is_condition = false;
  std::unordered_map<std::string_view, int> blobs;

  const int* find(std::string_view name) const {
    const auto found = blobs.find(name);
    if (found != blobs.end()) return &found->second;
    return parent == nullptr ? nullptr : parent->find(name);
  }

  bool is_taken(std::string_view name) const {
    if (!is_condition && blobs.contains(name)) return true;
    return parent != nullptr && parent->is_taken(name);
  }
};

class GraphCheck {
 public:
  GraphCheck(const spec::Model& model, const NetworkView& network, const Findings& findings)
      : model_(model),
        exact_(has_exact_ranks(network)),
        image_rank_(network.image_mapping == spec::RANK4_IMAGE_MAPPING ? 4 : 5),
        findings_(findings) {}

  void run(const Layers& layers) {
    Scope scope;
    for (const spec::FeatureDescription& input : model_.description().input()) {
      inputs_.insert(input.name());
      scope.blobs.emplace(input.name(), input_rank(input));
    }
    for (const spec::FeatureDescription& state : model_.description().state()) {
      scope.blobs.emplace(state.name(), unknown_rank);
    }
    check_layers(layers, scope, {}, false);
    check_outputs(scope);
  }

 private:
  int input_rank(const spec::FeatureDescription& input) const {
    if (!exact_) return unknown_rank;
    if (input.type().has_imagetype()) return image_rank_;
    return input.type().multiarraytype().shape_size();
  }

  void check_layers(const Layers& layers, Scope& scope, const std::string& place, bool in_body) {
    for (const Layer& layer : layers) {
      const Findings here = findings_.at(fmt::format("layer '{}{}'", place, layer.name()));
      RankedLayer ranked{.layer = layer, .input_ranks = {}, .output_ranks = {}, .exact = exact_};
      check_inputs(ranked, scope, here);
      check_tensors(ranked, here);
      check_layer(ranked, here);
      check_weights(layer, here);
      check_control(layer, scope, place, in_body, here);
      add_outputs(ranked, scope, here);
    }
  }

  void check_inputs(RankedLayer& ranked, const Scope& scope, const Findings& findings) const {
    for (const std::string& input : ranked.layer.input()) {
      const int* rank = scope.find(input);
      findings.require(rank != nullptr, "graph.order", "its input '{}' is produced by no layer before it", input);
      ranked.input_ranks.push_back(rank == nullptr ? unknown_rank : *rank);
    }
    ranked.output_ranks.assign(static_cast<std::size_t>(ranked.layer.output_size()), unknown_rank);
  }

  // What the layer itself says of the ranks, against what is known of its inputs.
  void check_tensors(RankedLayer& ranked, const Findings& findings) const {
    if (!exact_) return;
    const auto check = [&](const auto& tensors, std::vector<int>& ranks, const char* which) {
      if (tensors.empty()) return;
      if (!findings.require(static_cast<std::size_t>(tensors.size()) == ranks.size(), "tensors.count",
                            "{} {} tensors are described, {} are there", tensors.size(), which, ranks.size())) {
        return;
      }
      for (std::size_t i = 0; i < ranks.size(); ++i) {
        const spec::Tensor& tensor = tensors[static_cast<int>(i)];
        const auto rank = static_cast<int>(std::min(tensor.rank(), 1000U));
        findings.require(tensor.dimvalue().empty() || (rank >= 1 && tensor.dimvalue_size() == rank),
                         "tensors.dimensions", "{} {} has {} dimensions and says that its rank is {}", which, i,
                         tensor.dimvalue_size(), tensor.rank());
        findings.require(ranks[i] == unknown_rank || rank == unknown_rank || ranks[i] == rank, "tensors.rank",
                         "{} {} is said to have rank {}, the blob has {}", which, i, rank, ranks[i]);
        if (ranks[i] == unknown_rank) ranks[i] = rank;
      }
    };
    check(ranked.layer.inputtensor(), ranked.input_ranks, "input");
    check(ranked.layer.outputtensor(), ranked.output_ranks, "output");
  }

  void add_outputs(const RankedLayer& ranked, Scope& scope, const Findings& findings) {
    const bool is_copy = ranked.layer.layer_case() == Layer::kCopy;
    for (int i = 0; i < ranked.layer.output_size(); ++i) {
      const std::string& output = ranked.layer.output(i);
      const int rank = ranked.output_ranks[static_cast<std::size_t>(i)];
      if (!is_copy && inputs_.contains(output)) {
        findings.add("graph.input-overwritten", "its output '{}' has the name of an input of the model", output);
      } else if (!is_copy && scope.is_taken(output)) {
        findings.add("graph.duplicate", "its output '{}' is produced already", output);
      } else if (const int* before = scope.find(output); before != nullptr) {
        findings.require(*before == unknown_rank || rank == unknown_rank || *before == rank, "tensors.rank",
                         "output '{}' has rank {} here and {} before", output, rank, *before);
      }
      scope.blobs.emplace(output, rank);
      produced_.insert(output);
    }
  }

  void check_control(const Layer& layer, Scope& scope, const std::string& place, bool in_body,
                     const Findings& findings) {
    const std::string inner = fmt::format("{}{}/", place, layer.name());
    switch (layer.layer_case()) {
      case Layer::kBranch:
        check_branch(layer.branch(), scope, inner, in_body, findings);
        break;
      case Layer::kLoop:
        check_loop(layer, scope, inner, findings);
        break;
      case Layer::kLoopBreak:
      case Layer::kLoopContinue:
        findings.require(in_body, "loop.control", "{} stands outside of a loop's body", layer_type(layer));
        break;
      default:
        break;
    }
  }

  void check_branch(const spec::BranchLayerParams& branch, Scope& scope, const std::string& place, bool in_body,
                    const Findings& findings) {
    findings.require(!branch.ifbranch().layers().empty(), "branch.layers", "the branch has no layers");
    Scope taken{.parent = &scope, .is_condition = false, .blobs = {}};
    check_layers(branch.ifbranch().layers(), taken, place + "if/", in_body);
    Scope other{.parent = &scope, .is_condition = false, .blobs = {}};
    check_layers(branch.elsebranch().layers(), other, place + "else/", in_body);
    for (const auto& [name, rank] : taken.blobs) {
      const auto found = other.blobs.find(name);
      if (found != other.blobs.end()) scope.blobs.emplace(name, found->second == rank ? rank : unknown_rank);
    }
  }

  void check_loop(const Layer& layer, Scope& scope, const std::string& place, const Findings& findings) {
    const spec::LoopLayerParams& loop = layer.loop();
    const bool has_condition = !loop.conditionnetwork().layers().empty();
    findings.require(!loop.bodynetwork().layers().empty(), "loop.layers", "the loop's body has no layers");
    findings.require(has_condition != loop.conditionvar().empty(), "loop.condition",
                     "conditionVar and a condition network must be set together");
    findings.require(has_condition || layer.input_size() > 0 || loop.maxloopiterations() > 0, "loop.iterations",
                     "nothing says how often the loop runs");
    Scope condition{.parent = &scope, .is_condition = true, .blobs = {}};
    check_layers(loop.conditionnetwork().layers(), condition, place + "condition/", false);
    if (has_condition && !loop.conditionvar().empty()) {
      findings.require(condition.blobs.contains(loop.conditionvar()), "loop.condition",
                       "conditionVar '{}' is not produced by the condition network", loop.conditionvar());
    }
    Scope body{.parent = &condition, .is_condition = false, .blobs = {}};
    check_layers(loop.bodynetwork().layers(), body, place + "body/", true);
    for (const auto& [name, rank] : has_condition ? condition.blobs : body.blobs) scope.blobs.emplace(name, rank);
  }

  void check_outputs(const Scope& scope) const {
    const auto is_made = [&](std::string_view name) { return scope.blobs.contains(name) && produced_.contains(name); };
    const spec::ModelDescription& description = model_.description();
    const bool is_classifier = model_.has_neuralnetworkclassifier();
    if (!model_.has_neuralnetworkregressor()) {
      for (const spec::FeatureDescription& output : description.output()) {
        const bool is_computed = is_classifier && (output.name() == description.predictedfeaturename() ||
                                                   output.name() == description.predictedprobabilitiesname());
        findings_.at(fmt::format("output '{}'", output.name()))
            .require(is_computed || is_made(output.name()), "graph.output", "no layer produces it");
      }
    }
    const std::string& scores = model_.neuralnetworkclassifier().labelprobabilitylayername();
    findings_.require(scores.empty() || is_made(scores), "classifier.score-layer",
                      "labelProbabilityLayerName '{}' is produced by no layer", scores);
  }

  const spec::Model& model_;
  const bool exact_;
  const int image_rank_;
  const Findings findings_;
  std::set<std::string_view> inputs_;
  std::set<std::string_view> produced_;
};

}  // namespace

void check_graph(const spec::Model& model, const NetworkView& network, const Findings& findings) {
  GraphCheck(model, network, findings).run(*network.layers);
}

}  // namespace goldilocks::model::validation
