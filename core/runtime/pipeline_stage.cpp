// The models of a pipeline run one after the other. What each gives is there for those after it, under its name; a
// later one of the same name takes the earlier one's place.
#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/model/model_file.hpp"
#include "core/runtime/features.hpp"
#include "core/runtime/stage.hpp"

namespace goldilocks::runtime {
namespace {

class PipelineStage final : public Stage {
 public:
  PipelineStage(const std::shared_ptr<const spec::Model>& model, const BackendUse& use) : Stage(describe(*model)) {
    const spec::Pipeline& pipeline = *model::pipeline_of(*model);
    if (pipeline.models().empty()) throw ModelError("the pipeline has no models");
    for (int index = 0; index < pipeline.models_size(); ++index) {
      Part part;
      part.place = model::contained_place(pipeline, index, "");
      part.prefix = (index < pipeline.names_size() ? pipeline.names(index) : std::to_string(index)) + "/";
      try {
        // The inner model lives as long as the whole.
        part.stage = make_stage({model, &pipeline.models(index)}, use);
      } catch (const ModelError& error) {
        throw ModelError(part.place + ": " + error.what());
      } catch (const PluginError& error) {
        throw PluginError(part.place + ": " + error.what());
      }
      parts_.push_back(std::move(part));
    }
  }

 protected:
  Values run(const Values& inputs, InnerTensors* inner) const override {
    Values values = inputs;
    for (const Part& part : parts_) {
      try {
        for (auto& [name, value] : run_part(part, values, inner)) values[name] = std::move(value);
      } catch (const UsageError& error) {
        throw UsageError(part.place + ": " + error.what());
      } catch (const ModelError& error) {
        throw ModelError(part.place + ": " + error.what());
      } catch (const PluginError& error) {
        throw PluginError(part.place + ": " + error.what());
      }
    }
    Values outputs;
    for (const Feature& feature : description().outputs) {
      const auto found = values.find(feature.name);
      if (found == values.end()) {
        throw ModelError(fmt::format("output '{}': none of the pipeline's models gives it", feature.name));
      }
      outputs[feature.name] = std::move(found->second);
    }
    return outputs;
  }

 private:
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

std::unique_ptr<Stage> make_pipeline_stage(const std::shared_ptr<const spec::Model>& model, const BackendUse& use) {
  return std::make_unique<PipelineStage>(model, use);
}

}  // namespace goldilocks::runtime
