#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <goldilocks/runtime.hpp>

#include "core/base/error.hpp"
#include "core/formats/model_summary.hpp"
#include "core/formats/model_weights.hpp"
#include "core/formats/network.hpp"
#include "core/formats/passes.hpp"
#include "core/formats/violation.hpp"

// What the rest of the program knows of a model, whatever its format.
namespace goldilocks::formats {

// What a model takes and gives.
struct Description {
  std::vector<runtime::Feature> inputs, outputs;
  std::vector<runtime::StateFeature> states;
  // States that are neither inputs nor outputs, by the names that `states` has: those of ML Programs.
  std::vector<runtime::Feature> state_features;
  runtime::Metadata metadata;
  std::string label_output, probabilities_output;  // of classifiers; "" of others
  bool takes_sequences = false;  // arrays may come with a sequence and a batch dimension before their own
};

// How a model is run.
enum class Structure {
  network,   // lower()
  features,  // lower_features()
  pipeline,  // its inner_models(), one after the other
  unknown,   // not at all
};

// How a model's weights are stored, taken together.
struct StoredWeights {
  std::uint32_t bits = 32;  // 0: several widths
  // "float32", "float16", "4 bit table", "8 bit linear", "int8"; "8 bits, linear and table"; "mixed 4-8 bits"; empty
  // for a model without a network.
  std::string form{};
  std::uint64_t count = 0;  // values
};

struct Layer {
  std::string place;  // "loop1/body/"; "" at the top
  std::string name;
  std::vector<std::string> outputs;
};

class Model;

// One of the models of a pipeline.
struct InnerModel {
  std::string place;  // "models[1] 'detector'"
  std::string name;   // its number where the pipeline has no name for it
  std::shared_ptr<const Model> model;
};

// The systems that a model with other weights may need: those of ML Programs alone can be chosen.
struct VersionLimit {
  std::string system{};  // "ios16", ...: no later one; "" is no limit
  bool stays = false;    // the model's own
};

// What a model is to have otherwise.
struct Changes {
  std::string description;                          // the short one; "" leaves it
  std::map<std::string, std::string> user_defined;  // entries of the metadata
};

// Whoever has a model alone may change it; everybody else has it const, from any thread.
class Model {
 public:
  Model() = default;
  virtual ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  // "neuralNetworkClassifier", "pipeline", ...: the format's own name; "" if none is set.
  virtual std::string type() const = 0;
  virtual Structure structure() const = 0;
  // Throws ModelError "input 'name': ..." for features of unknown types.
  virtual Description description() const = 0;
  // A classifier's classes by the index of the score, as text, also of a pipeline's last model; empty where they are
  // not known.
  virtual std::vector<std::string> labels() const = 0;
  virtual model::ModelSummary summary() const = 0;
  virtual StoredWeights stored_weights() const = 0;

  // Every rule of the format that it breaks. Never throws for a bad model.
  virtual std::vector<model::Violation> validate() const = 0;
  // What the format's validators accept, and what may yet be meant or computed otherwise on a device. Says nothing that
  // validate() says, and never throws either.
  virtual std::vector<model::Violation> warnings() const = 0;

  virtual const std::vector<InnerModel>& inner_models() const = 0;  // of a pipeline
  // Of a network, those of branches and loops too, in the order of the file.
  virtual std::vector<Layer> layers() const = 0;
  // The network for inputs of these sizes, ready for any backend. Throws ModelError that names the layer and its type
  // for a layer that is not supported, for weights that don't fit, for shapes that disagree; and for another type of
  // model, that type.
  virtual std::shared_ptr<const lowering::Network> lower(const lowering::InputSizes& sizes = {},
                                                         const lowering::LoweringOptions& options = {}) const = 0;
  // Sizes other than the default ones that the inputs may have, those first at which it is likely to run; at most 32.
  virtual std::vector<lowering::InputSizes> other_sizes() const = 0;
  // Throws ModelError for another structure, and for features and parameters that don't fit together.
  virtual std::shared_ptr<const lowering::FeatureModel> lower_features() const = 0;

  virtual void change(const Changes& changes) = 0;
  // Runs the passes that are on. Throws ModelError as they do; the model is then in no defined state.
  virtual PassOutcome apply(const PassSettings& settings) = 0;
  // Takes the weights out, after which the model is of no use. `name` begins the messages; `mean_images`: the layers
  // that a pass has made of mean images. Throws ModelError naming layer and parameter where a tensor is stored in
  // several forms. Values are not looked at before they are needed.
  virtual std::unique_ptr<ModelWeights> take_weights(const std::string& name, const std::set<std::string>& mean_images,
                                                     const VersionLimit& limit) = 0;
  std::unique_ptr<ModelWeights> take_weights(const std::string& name, const std::set<std::string>& mean_images = {}) {
    return take_weights(name, mean_images, {});
  }

  // The functions that it has, the default one first; empty where there is but one.
  virtual std::vector<std::string> function_names() const { return {}; }
  // Chooses the function that is described and lowered. Throws UsageError where there is none of that name.
  virtual void select_function(const std::string& name);

  // The ending that its file or folder has: ".mlmodel", ".mlpackage".
  virtual std::string_view file_ending() const { return ".mlmodel"; }
  // Whether it is a folder of files.
  bool is_folder() const { return file_ending() != ".mlmodel"; }
  // Of its file, or of all files of its folder, in bytes.
  virtual std::uint64_t size() const = 0;
  // Writes its file, or its folder in the place of an empty one or of another package: whole or not at all. What is
  // read again from there is compared with what should be there. Throws FileError.
  virtual void write(const std::filesystem::path& path) const;
  // The content of its file: the same bytes for the same model. Throws ModelError where the format has no file that is
  // large enough, or where it is a folder.
  virtual std::string serialize() const = 0;
};

// make(sizes) at the default sizes, or where these don't fit the network at the first of the others that do: a number
// of channels that the description leaves open is settled by the layers, and its lower bound need not be one that they
// take. Throws the ModelError of the default sizes if no size will do.
template <class Make>
auto at_fitting_sizes(const Model& model, const Make& make) {
  try {
    return make(lowering::InputSizes{});
  } catch (const ModelError&) {
    for (const lowering::InputSizes& sizes : model.other_sizes()) {
      try {
        return make(sizes);
      } catch (const ModelError&) {
        continue;
      }
    }
    throw;
  }
}

// The first of the warnings of a model called `name`, one line each, for those who use it: "name: layer 'up': ...". The
// last line says how many are left out.
std::vector<std::string> warning_lines(const Model& model, const std::string& name);

// The kinds of layers that a network may have, and of operations that a program may have, in the formats' words:
// "convolution", "innerProduct", ..., "conv", "linear", ...
std::vector<std::string_view> layer_types();

// Whether there is a neural network in it, or in one of its inner models.
bool has_network(const Model& model);

}  // namespace goldilocks::formats
