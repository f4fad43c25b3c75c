#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/open_file.hpp"
#include "core/base/thread_pool.hpp"
#include "core/data/dataset.hpp"
#include "core/pipeline/predictions/detected_boxes.hpp"
#include "core/pipeline/predictions/input_source.hpp"
#include "core/pipeline/predictions/prepared_samples.hpp"
#include "core/runtime/stage.hpp"

namespace goldilocks::pipeline {

// The output that is compared, and what can be said of it before the model runs.
struct ComparedOutput {
  std::string name{};
  std::vector<std::string> labels{};                 // of scores, by their index; empty: no scores
  std::optional<std::vector<std::int64_t>> shape{};  // of one sample; an image's is [channels, height, columns]
  std::optional<std::size_t> target{};               // index into Dataset::targets
  bool image = false;
  double white = 255;  // of an image
  // Its last dimension are the scores of tokens, at each position of the dimensions before; the right tokens are the
  // targets, or else those of the input `tokens`, an index into Dataset::inputs, one position later.
  bool per_position = false;
  std::optional<std::size_t> tokens{};
  std::optional<DetectedBoxes> detection{};  // of a detector: its boxes; name, labels and shape say nothing then
};

// How a model that is no classifier of one image is evaluated: core/runtime runs it, with its inputs filled from a
// dataset's arrays and images.
struct ModelFeed {
  std::vector<InputSource> inputs;
  ComparedOutput output;
};

// Which of the dataset's arrays go into which input, and which output is compared: the one that `output` names; without
// a name that of the targets; else a classifier's scores; otherwise the first one. With classes, a model that is no
// classifier has to give one vector, whose highest value is the answer: labels are its indexes. Throws ModelError that
// begins with `name` for what can't be run or evaluated so, and DataError that begins with a file for arrays of other
// shapes than the model's.
ModelFeed feed_model(const formats::Model& model, const std::string& name, const data::Dataset& dataset,
                     const std::string& output = {});
// The same of a detector, whose boxes are compared.
ModelFeed feed_detector(const formats::Model& model, const std::string& name, const data::Dataset& dataset,
                        const DetectionUse& detection);

// Whether a model is evaluated that way on this dataset; otherwise as a classifier of one image (image_network.hpp).
// Throws ModelError that begins with `name` for a network that can't be run.
bool is_fed(const formats::Model& model, const std::string& name, const data::Dataset& dataset,
            const std::string& output = {});

struct PredictedValues {
  std::string output;
  bool sequences = false;  // samples are sequences of steps, whose outputs are kept one after the other
};

// Runs the model on what prepare_samples() wrote and writes a predictions artifact of that one output: scores by the
// model's labels, an image as [channels, height, columns]. The result doesn't depend on the number of threads. Throws
// PluginError, ModelError, and DataError for inputs that the model doesn't take.
void predict_inputs(const std::shared_ptr<const formats::Model>& model, const std::string& name,
                    const runtime::BackendUse& backend, const PredictedValues& wanted, const PreparedSamples& prepared,
                    ThreadPool& pool, OpenFile& to, const std::function<void(double)>& progress = {});

// The same of a detector: of each sample its boxes, [most, box_values].
void predict_boxes(const std::shared_ptr<const formats::Model>& model, const std::string& name,
                   const runtime::BackendUse& backend, const DetectedBoxes& detection, const PreparedSamples& prepared,
                   ThreadPool& pool, OpenFile& to, const std::function<void(double)>& progress = {});

// Of an output with scores per position the right token for each, [samples, positions]; -1 where there is none. Throws
// DataError for what is no token of the output's vocabulary.
std::vector<std::int32_t> load_tokens(const ComparedOutput& output, const data::Dataset& dataset, ThreadPool& pool);

// What the output should be, in its order: [samples, shape...]. Images are fitted to an image output as those of the
// inputs are. Precondition: a target.
std::vector<float> load_targets(const ComparedOutput& output, const data::Dataset& dataset,
                                const data::Preparation& preparation, ThreadPool& pool);

}  // namespace goldilocks::pipeline
