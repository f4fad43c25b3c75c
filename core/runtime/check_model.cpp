#include "core/runtime/check_model.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/runtime/output_check.hpp"
#include "core/runtime/stage.hpp"

namespace goldilocks::runtime {
namespace {

// The format's networks have tensors of at most five dimensions on devices, although nothing in a file says so:
// coremltools refuses to write others, and Apple's compiler to take them.
constexpr std::uint64_t highest_rank = 5;

using Names = std::set<std::string, std::less<>>;

void add_blobs(const formats::Model& model, Names& names) {
  for (const formats::Layer& layer : model.layers()) names.insert(layer.outputs.begin(), layer.outputs.end());
  for (const formats::InnerModel& inner : model.inner_models()) add_blobs(*inner.model, names);
}

// Takes every graph, and notes what no device would. The lowering's own tensors don't count.
class CheckingBackend final : public plugins::BackendPlugin {
 public:
  CheckingBackend(const formats::Model& model, std::vector<model::Violation>& warnings) : warnings_(warnings) {
    add_blobs(model, blobs_);
  }

  std::unique_ptr<plugins::BackendModel> create_model(const plugins::OptionValues& /*options*/, const glk_graph& graph,
                                                      const std::filesystem::path& /*model_file*/) const override {
    for (std::uint64_t index = 0; index < graph.operation_count; ++index) {
      const glk_operation& operation = *graph.operations[index];
      for (std::uint64_t output = 0; output < operation.output_count; ++output) {
        const glk_value& value = *graph.values[operation.outputs[output]];
        if (value.rank <= highest_rank || !blobs_.contains(std::string_view(value.name))) continue;
        warnings_.push_back({fmt::format("layer '{}'", operation.layer),
                             fmt::format("gives a tensor of {} dimensions; Apple's compiler takes {} at most",
                                         value.rank, highest_rank),
                             "network.rank"});
      }
    }
    return std::make_unique<Model>();
  }

 private:
  class Model final : public plugins::BackendModel {
   public:
    std::unique_ptr<plugins::Session> create_session(std::span<const std::uint32_t> /*wanted*/) const override {
      throw std::logic_error("a model that is only checked can't be run");
    }
  };

  Names blobs_;
  std::vector<model::Violation>& warnings_;
};

// Whether the model and those inside of it are of types that make_stage() takes.
bool is_runnable_type(const formats::Model& model) {
  const auto& inner = model.inner_models();
  return model.structure() != formats::Structure::unknown &&
         std::ranges::all_of(inner, [](const auto& part) { return is_runnable_type(*part.model); });
}

}  // namespace

ModelCheck check_model(const std::shared_ptr<const formats::Model>& model) {
  ModelCheck check{.errors = model->validate(), .warnings = model->warnings()};
  if (!is_runnable_type(*model)) {
    check.warnings.push_back(
        {"", fmt::format("a model of the type '{}', or one inside of it, can't be run here", model->type()),
         "run.type"});
    return check;
  }
  // A model that breaks a rule of the format would be refused for it here, too, in other words.
  if (!check.errors.empty()) return check;
  std::vector<model::Violation> ranks;
  const CheckingBackend backend(*model, ranks);
  try {
    const std::unique_ptr<Stage> stage = make_stage(model, {backend, {}, {}, {}});
    dynamic_cast<const OutputCheck&>(*stage).check_outputs();
    check.warnings.insert(check.warnings.end(), ranks.begin(), ranks.end());
  } catch (const goldilocks::Error& error) {
    check.errors.push_back({"", error.what(), "run"});
  }
  return check;
}

}  // namespace goldilocks::runtime
