#include "core/formats/validate_file.hpp"

#include <algorithm>
#include <map>

#include "core/formats/coreml/specification_version.hpp"
#include "core/formats/coreml/validate.hpp"
#include "core/formats/ml_program/newer_parts.hpp"
#include "core/formats/ml_program/package.hpp"
#include "core/formats/ml_program/validate.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/formats/neural_network/weight_table.hpp"

namespace goldilocks::formats {
namespace {

namespace spec = ::CoreML::Specification;
namespace mlp = ml_program;
using Violations = std::vector<model::Violation>;

// "models[1]: layer 'conv'"
std::string joined(const std::string& outer, const std::string& inner) {
  return outer.empty() || inner.empty() ? outer + inner : outer + ": " + inner;
}

void add_all(Violations& all, const Violations& more, const std::string& place) {
  for (const model::Violation& violation : more) {
    all.push_back({joined(place, violation.place), violation.problem, violation.rule});
  }
}

template <class Description>
void add_newer_features(const Description& description, int version, const std::string& place, Violations& found) {
  const auto look = [&](const auto& features, const char* kind) {
    for (const spec::FeatureDescription& feature : features) {
      const int needed = model::required_version(feature);
      if (needed <= version) continue;
      found.push_back({joined(place, fmt::format("{} '{}'", kind, feature.name())),
                       fmt::format("its type came with {}", first_systems(needed)), "version.feature"});
    }
  };
  look(description.input(), "input");
  look(description.output(), "output");
  look(description.state(), "state");
}

// Later layers and weight forms, each kind once, at its first place.
void add_newer_layers(const model::NetworkView& network, int version, const std::string& place, Violations& found) {
  std::map<std::string, int> kinds;
  const auto add = [&](const std::string& kind, int needed, const spec::NeuralNetworkLayer& layer) {
    if (needed <= version || kinds[kind]++ > 0) return;
    found.push_back({joined(place, fmt::format("layer '{}'", layer.name())),
                     fmt::format("{} came with {}", kind, first_systems(needed)), "version.layer"});
  };
  model::for_each_layer(*network.layers, [&](const spec::NeuralNetworkLayer& layer, const std::string&) {
    add(model::layer_type(layer), model::required_version(layer), layer);
    model::for_each_weight(layer, [&](const auto& slot) {
      add("weights as " + model::form_name(*slot.params), model::required_version(*slot.params), layer);
    });
  });
}

void add_newer_parts(const spec::Model& inner, const std::string& place, int version, Violations& found) {
  if (inner.specificationversion() > version) {
    found.push_back({place,
                     fmt::format("specification version {} came with {}", inner.specificationversion(),
                                 first_systems(inner.specificationversion())),
                     "version.model"});
  }
  const spec::ModelDescription& description = inner.description();
  add_newer_features(description, version, place, found);
  if (!description.functions().empty() && version < 9) {
    found.push_back({place, fmt::format("functions came with {}", first_systems(9)), "version.model"});
  }
  for (const spec::FunctionDescription& function : description.functions()) {
    add_newer_features(function, version, joined(place, fmt::format("function '{}'", function.name())), found);
  }
  if (inner.has_mlprogram()) {
    Violations parts;
    mlp::Report report(parts);
    mlp::report_newer_parts(inner.mlprogram(), version, report);
    add_all(found, parts, place);
  } else if (const int needed = model::required_type_version(inner); needed > version) {
    found.push_back(
        {place, fmt::format("{} came with {}", model::model_type(inner), first_systems(needed)), "version.type"});
  }
  if (const model::NetworkView network = model::network_of(inner)) add_newer_layers(network, version, place, found);
}

}  // namespace

std::optional<Violations> validate_program(const std::filesystem::path& path) {
  mlp::Package package = mlp::Package::open(path);
  if (package.model().has_mlprogram()) return mlp::validate(package.model(), package.weights());
  // The rules of pipelines look at a program's features alone.
  std::optional<Violations> violations;
  model::for_each_model(package.model(), [&](const spec::Model& inner, const std::string& place) {
    if (!inner.has_mlprogram()) return;
    if (!violations) violations = model::validate(package.model());
    add_all(*violations, mlp::validate(inner, package.weights()), place);
  });
  return violations;
}

Violations too_new_for(const std::filesystem::path& path, const System& system) {
  const mlp::Package package = mlp::Package::open(path);
  Violations found;
  model::for_each_model(package.model(), [&](const spec::Model& inner, const std::string& place) {
    add_newer_parts(inner, place, system.newest_specification_version, found);
  });
  return found;
}

}  // namespace goldilocks::formats
