// The models of a pipeline run one after the other. What each gives is there for those after it, under its name; a
// later one of the same name takes the earlier one's place.
#include <set>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/runtime/features.hpp"
#include "core/runtime/output_check.hpp"
#include "core/runtime/stage.hpp"

namespace goldilocks::runtime {
namespace {

class PipelineStage final : public Stage, public OutputCheck {
 public:
  PipelineStage(const formats::Model& model, const BackendUse& use) : Stage(model.description()) {
    if (model.inner_models().empty()) throw ModelError("the pipeline has no models");
    for (const formats::InnerModel& inner : model.inner_models()) {
      Part part;
      part.place = inner.place;
      part.prefix = inner.name + "/";
      part.stage = within(part.place, [&] { return make_stage(inner.model, use); });
      parts_.push_back(std::move(part));
    }
  }

  void check_outputs() const override {
    std::set<std::string> names;
    for (const Feature& feature : description().inputs) names.insert(feature.name);
    for (const Part& part : parts_) {
      for (const Feature& feature : part.stage->description().inputs) {
        if (names.contains(feature.name) || feature.optional) continue;
        throw ModelError(part.place, fmt::format("{}: neither an input of the pipeline nor given by a model before it",
                                                 input_place(feature)));
      }
      within(part.place, [&] { dynamic_cast<const OutputCheck&>(*part.stage).check_outputs(); });
      for (const Feature& feature : part.stage->description().outputs) names.insert(feature.name);
    }
    for (const Feature& feature : description().outputs) {
      if (!names.contains(feature.name)) refuse_output(feature);
    }
  }

 protected:
  Values run(const Values& inputs, InnerTensors* inner) const override {
    Values values = inputs;
    for (const Part& part : parts_) {
      within(part.place, [&] {
        for (auto& [name, value] : run_part(part, values, inner)) values[name] = std::move(value);
      });
    }
    Values outputs;
    for (const Feature& feature : description().outputs) {
      const auto found = values.find(feature.name);
      if (found == values.end()) refuse_output(feature);
      outputs[feature.name] = std::move(found->second);
    }
    return outputs;
  }

 private:
  [[noreturn]] static void refuse_output(const Feature& feature) {
    throw ModelError(fmt::format("output '{}': none of the pipeline's models gives it", feature.name));
  }

  struct Part {
    std::string place;   // in messages
    std::string prefix;  // of the names of inner tensors
    std::unique_ptr<Stage> stage;
  };

  static Values run_part(const Part& part, const Values& values, InnerTensors* inner) {
    if (inner == nullptr) return part.stage->predict(values, nullptr);
    const std::string before = inner->prefix;
    inner->prefix += part.prefix;
    Values results = part.stage->predict(values, inner);
    inner->prefix = before;
    return results;
  }

  std::vector<Part> parts_;
};

}  // namespace

std::unique_ptr<Stage> make_pipeline_stage(const std::shared_ptr<const formats::Model>& model, const BackendUse& use) {
  return std::make_unique<PipelineStage>(*model, use);
}

}  // namespace goldilocks::runtime
