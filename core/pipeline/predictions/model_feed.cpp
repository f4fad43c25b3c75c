// Planning needs to know what a model takes and gives without running it: inputs from its description, the output's
// shape from the lowered network where there is one. What can't be known before (the shape of a pipeline's output that
// its description leaves open) is checked when targets meet answers.
#include "core/pipeline/predictions/model_feed.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/pipeline/predictions/image_network.hpp"
#include "core/runtime/arrays.hpp"
#include "core/runtime/features.hpp"

namespace goldilocks::pipeline {
namespace {

using runtime::Feature;
using runtime::Kind;

using Shape = std::vector<std::int64_t>;

Shape without_ones(Shape shape) {
  std::erase(shape, 1);
  return shape;
}

// Whether arrays of this type and shape can be the right tokens for an output: whole numbers, one for each position.
bool are_tokens(const data::ArrayColumn& column, const std::optional<Shape>& output) {
  const bool whole = column.type.size() > 1 && (column.type[1] == 'i' || column.type[1] == 'u');
  if (column.images || !whole || !output || output->size() < 2 || output->back() < 2) return false;
  const Shape positions(output->begin(), output->end() - 1);
  return without_ones(column.shape) == without_ones(positions) && without_ones(column.shape) != without_ones(*output);
}

std::vector<std::string> names_of(const std::vector<Feature>& features) {
  std::vector<std::string> names;
  names.reserve(features.size());
  for (const Feature& feature : features) names.push_back("'" + feature.name + "'");
  return names;
}

class Feeder {
 public:
  Feeder(const formats::Model& model, const std::string& name, const data::Dataset& dataset, std::string output)
      : model_(model), name_(name), dataset_(dataset), wanted_(std::move(output)), description_(model.description()) {}

  ModelFeed feed() {
    ModelFeed feed = feed_inputs();
    feed.output = compared_output();
    if (feed.output.target) check_target(feed.output);
    if (!dataset_.next_token.empty()) set_tokens(feed);
    return feed;
  }

  ModelFeed feed_boxes(const DetectionUse& use) {
    if (dataset_.sequences) fail("is a detector, which can't be evaluated over 'sequences'");
    ModelFeed feed = feed_inputs();
    feed.output.name = detections_name;
    DetectedBoxes& boxes = feed.output.detection.emplace();
    boxes.boxes = use.boxes;
    boxes.scores = use.scores;
    boxes.pixels = use.pixels;
    boxes.most = use.most;
    for (const std::string& name : {use.boxes, use.scores}) {
      const Feature& feature = output_named(name);
      if (feature.kind != Kind::array) fail(fmt::format("output '{}' is {}, and no array", name, feature.type));
    }
    set_input_size(boxes, feed.inputs);
    set_labels(boxes, use.classes);
    return feed;
  }

 private:
  ModelFeed feed_inputs() {
    ModelFeed feed;
    for (const Feature& feature : description_.inputs) {
      const auto input = source_of(feature);
      if (!input) continue;
      if (dataset_.sequences) set_steps(dataset_.inputs.at(input->column.value()));
      feed.inputs.push_back(*input);
    }
    if (feed.inputs.empty()) fail("none of its inputs has data in the dataset");
    check_use(feed);
    lower_for(feed);
    return feed;
  }

  // Of the image, or of the first array that can be one: [.., height, width].
  void set_input_size(DetectedBoxes& boxes, const std::vector<InputSource>& inputs) const {
    for (const InputSource& input : inputs) {
      if (!input.is_image() && input.shape.size() < 2) continue;
      boxes.image = input.is_image();
      boxes.width = boxes.image ? input.width : static_cast<int>(input.shape[input.shape.size() - 1]);
      boxes.height = boxes.image ? input.height : static_cast<int>(input.shape[input.shape.size() - 2]);
      return;
    }
    fail("none of its inputs is an image, or an array of at least two dimensions");
  }

  // How many scores each box has, where shapes say it.
  std::optional<std::size_t> scores_per_box(const DetectedBoxes& boxes) const {
    const std::optional<Shape> scores = array_shape(output_named(boxes.scores));
    const std::optional<Shape> places = array_shape(output_named(boxes.boxes));
    const auto count = [](const Shape& shape) {
      return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    };
    if (!scores || !places || count(*places) < 4 || count(*scores) % (count(*places) / 4) != 0) return std::nullopt;
    return static_cast<std::size_t>(count(*scores) / (count(*places) / 4));
  }

  // As the pipeline names them, as the model has them, or else numbered.
  void set_labels(DetectedBoxes& boxes, const std::vector<std::string>& classes) const {
    const std::optional<std::size_t> scores = scores_per_box(boxes);
    boxes.labels = classes.empty() ? model_.labels() : classes;
    if (!classes.empty() && scores && *scores != classes.size()) {
      fail(fmt::format("'classes' of 'detection' are {} labels, and output '{}' has scores of {}", classes.size(),
                       boxes.scores, *scores));
    }
    if (!boxes.labels.empty()) return;
    if (!scores) fail("its labels are not known; name them in 'classes' of 'detection'");
    for (std::size_t i = 0; i < *scores; ++i) boxes.labels.push_back(std::to_string(i));
  }

  [[noreturn]] void fail(const std::string& problem) const { throw ModelError(name_, problem); }

  // At the sizes that the dataset has.
  void lower_for(const ModelFeed& feed) {
    if (model_.structure() != formats::Structure::network) return;
    lowering::InputSizes sizes;
    for (const InputSource& input : feed.inputs) {
      const auto feature = std::ranges::find(description_.inputs, input.name, &Feature::name);
      if (feature->kind == Kind::image || step_shape(input.shape) == feature->shape) continue;
      sizes[input.name] = std::get<runtime::Array>(taken(*feature, input)).shape;
    }
    network_ = model_.lower(sizes);
  }

  // As the input takes an array: without leading dimensions of size 1, or with more of them.
  runtime::Value taken(const Feature& feature, const InputSource& input) const {
    const Shape shape = step_shape(input.shape);
    const auto count = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    const std::vector<float> zeros(static_cast<std::size_t>(count));
    return runtime::as_input(feature, runtime::make_array(shape, zeros), description_.takes_sequences);
  }

  // Of what the model takes at once.
  Shape step_shape(const Shape& shape) const {
    return dataset_.sequences && !shape.empty() ? Shape(shape.begin() + 1, shape.end()) : shape;
  }

  // All inputs have as many steps.
  void set_steps(const data::ArrayColumn& column) {
    if (column.images || column.shape.empty()) {
      throw DataError(column.place(), "of a sequence the first dimension of each sample are its steps; there is none");
    }
    if (steps_.value_or(column.shape[0]) != column.shape[0]) {
      throw DataError(column.place(),
                      fmt::format("has {} steps of each sequence, and another input {}", column.shape[0], *steps_));
    }
    steps_ = column.shape[0];
  }

  std::size_t count(Kind kind) const {
    return static_cast<std::size_t>(std::count_if(description_.inputs.begin(), description_.inputs.end(),
                                                  [&](const Feature& feature) { return feature.kind == kind; }));
  }

  std::optional<std::size_t> column_for(const Feature& feature) const {
    for (std::size_t i = 0; i < dataset_.inputs.size(); ++i) {
      const std::string& name = dataset_.inputs[i].name;
      const bool the_only_one =
          name.empty() && (description_.inputs.size() == 1 ||
                           (dataset_.has_images && description_.inputs.size() == 2 && feature.kind != Kind::image));
      if (name == feature.name || the_only_one) return i;
    }
    return std::nullopt;
  }

  std::optional<InputSource> source_of(const Feature& feature) const {
    InputSource input{.name = feature.name, .column = column_for(feature)};
    if (feature.kind == Kind::image) {
      if (!input.column && (!dataset_.has_images || count(Kind::image) > 1)) return missing(feature);
      const runtime::ImageSize size = runtime::image_size(feature);
      input.height = size.height;
      input.width = size.width;
      input.channels = feature.pixels == runtime::PixelFormat::rgb ? 3 : 1;
      if (input.column) check_images(feature, dataset_.inputs[*input.column]);
      return input;
    }
    if (!input.column) return missing(feature);
    const data::ArrayColumn& column = dataset_.inputs[*input.column];
    if (column.images) {
      throw DataError(column.place(),
                      fmt::format("images for input '{}' of {}, which is {}", feature.name, name_, feature.type));
    }
    input.shape = column.shape;
    try {
      within(fmt::format("its arrays are of the shape {}", runtime::shape_text(column.shape)),
             [&] { within(name_, [&] { taken(feature, input); }); });
    } catch (const UsageError& error) {
      DataError of_data(error);
      of_data.add_place(column.place());
      throw of_data;
    }
    return input;
  }

  static void check_images(const Feature& feature, const data::ArrayColumn& column) {
    const Shape& shape = column.shape;
    if (column.images) return;
    if (column.type == "|u1" && (shape.size() == 2 || (shape.size() == 3 && shape[2] == 3))) return;
    throw DataError(
        column.place(),
        fmt::format("arrays of type '{}' and shape {} for input '{}', which takes images: uint8, [H, W] or [H, W, 3]",
                    column.type, runtime::shape_text(shape), feature.name));
  }

  std::optional<InputSource> missing(const Feature& feature) const {
    const bool is_state = std::ranges::find(description_.states, feature.name, &runtime::StateFeature::input) !=
                          description_.states.end();
    if (feature.optional || is_state) return std::nullopt;
    std::vector<std::string> given;
    if (dataset_.has_images) given.emplace_back("images");
    for (const data::ArrayColumn& column : dataset_.inputs) {
      given.push_back(column.name.empty() ? column.place() : "'" + column.name + "'");
    }
    fail(fmt::format("there is nothing for its input '{}' ({}) in {}, which has {}", feature.name, feature.type,
                     dataset_.path.string(), fmt::join(given, ", ")));
  }

  // What the user named for an input is not left aside.
  void check_use(const ModelFeed& feed) const {
    const auto used = [&](std::optional<std::size_t> column) {
      return std::any_of(feed.inputs.begin(), feed.inputs.end(),
                         [&](const InputSource& input) { return input.column == column; });
    };
    for (std::size_t i = 0; i < dataset_.inputs.size(); ++i) {
      const data::ArrayColumn& column = dataset_.inputs[i];
      // Of an archive that was named as a whole, what is of no use here is left.
      if (used(i) || !column.member.empty()) continue;
      fail(fmt::format("has no input '{}', which {} is for; its inputs: {}", column.name, column.place(),
                       fmt::join(names_of(description_.inputs), ", ")));
    }
    if (dataset_.has_images && !used(std::nullopt))
      fail("has no image input for the images of " + dataset_.path.string());
  }

  const Feature& output_named(const std::string& name) const {
    for (const Feature& feature : description_.outputs) {
      if (feature.name == name) return feature;
    }
    fail(fmt::format("has no output '{}'; its outputs: {}", name, fmt::join(names_of(description_.outputs), ", ")));
  }

  bool is_classifier() const {
    return !description_.label_output.empty() || !description_.probabilities_output.empty();
  }

  ComparedOutput compared_output() const {
    if (description_.outputs.empty()) fail("has no output");
    ComparedOutput output;
    if (!dataset_.targets.empty()) {
      output.target = target();
      const data::ArrayColumn& column = dataset_.targets[*output.target];
      if (column.name.empty() && wanted_.empty() && description_.outputs.size() > 1) {
        fail(fmt::format("has several outputs; name that which {} is for: {}", column.place(),
                         fmt::join(names_of(description_.outputs), ", ")));
      }
      if (!column.name.empty() && !wanted_.empty() && column.name != wanted_) {
        throw DataError(column.place(), fmt::format("targets for output '{}' of {}, but '{}' is the one to compare",
                                                    column.name, name_, wanted_));
      }
      const std::string& unnamed = wanted_.empty() ? description_.outputs.front().name : wanted_;
      output.name = column.name.empty() ? unnamed : column.name;
    } else if (!wanted_.empty()) {
      output.name = wanted_;
    } else if (is_classifier()) {
      output.name = description_.probabilities_output;
      if (output.name.empty()) fail("a classifier without an output of probabilities can't be evaluated");
    } else {
      output.name = description_.outputs.front().name;
    }
    describe(output, output_named(output.name));
    if (dataset_.sequences) repeat(output);
    if (!dataset_.classes.empty() && output.labels.empty()) number_labels(output);
    return output;
  }

  std::size_t target() const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < dataset_.targets.size(); ++i) {
      const data::ArrayColumn& column = dataset_.targets[i];
      const bool named = std::any_of(description_.outputs.begin(), description_.outputs.end(),
                                     [&](const Feature& feature) { return feature.name == column.name; });
      if (named || column.name.empty() || column.member.empty()) found.push_back(i);
    }
    if (found.size() == 1) return found.front();
    const std::string& place = dataset_.targets.front().path.string();
    if (found.empty()) {
      fail(fmt::format("{} has no array for any of its outputs: {}", place,
                       fmt::join(names_of(description_.outputs), ", ")));
    }
    fail(fmt::format("targets are for one output; {} and {} are for two", dataset_.targets[found[0]].place(),
                     dataset_.targets[found[1]].place()));
  }

  void describe(ComparedOutput& output, const Feature& feature) const {
    switch (feature.kind) {
      case Kind::image:
        output.image = true;
        output.white = feature.pixels == runtime::PixelFormat::gray_float16 ? 1 : 255;
        if (feature.shape.size() != 2) {  // is known when the model has run
          if (output.target) fail(fmt::format("output '{}' is an image of a size that isn't stated", feature.name));
          return;
        }
        output.shape = Shape{feature.pixels == runtime::PixelFormat::rgb ? 3 : 1, feature.shape[0], feature.shape[1]};
        return;
      case Kind::array:
        output.shape = array_shape(feature);
        return;
      case Kind::number:
      case Kind::integer:
        output.shape = Shape{};
        return;
      case Kind::dictionary:
        if (output.target)
          fail(fmt::format("targets can't be compared with output '{}', {}", feature.name, feature.type));
        output.labels = model_.labels();
        if (output.labels.empty()) fail("the labels of this type of classifier are not known");
        return;
      default:
        fail(fmt::format("output '{}' is {}; arrays, numbers, images and classes can be compared", feature.name,
                         feature.type));
    }
  }

  // The output of each step, one after the other.
  void repeat(ComparedOutput& output) const {
    if (output.image || !output.labels.empty()) {
      fail(fmt::format("output '{}' is {}; over 'sequences' arrays and numbers can be compared", output.name,
                       output.image ? "an image" : "of classes"));
    }
    if (output.shape) output.shape->insert(output.shape->begin(), steps_.value());
  }

  // As network_outputs() has it: a description's shape counts where the network gives as many values.
  std::optional<Shape> array_shape(const Feature& feature) const {
    const auto count = [](const Shape& shape) {
      return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    };
    Shape shape = feature.shape;
    if (network_ != nullptr) {
      for (const lowering::NetworkOutput& output : network_->outputs) {
        if (output.name != feature.name) continue;
        const glk_value& value = *network_->graph().values[output.value];
        const Shape own(value.dims, value.dims + value.rank);
        if (shape.empty() || count(shape) != count(own)) shape = own;
      }
    }
    const bool known = !shape.empty() && std::all_of(shape.begin(), shape.end(), [](auto side) { return side > 0; });
    return known ? std::optional(shape) : std::nullopt;
  }

  // A model without labels that gives one vector has its indexes for labels.
  void number_labels(ComparedOutput& output) const {
    const Shape vector = without_ones(output.shape.value_or(Shape{}));
    if (vector.size() != 1) {
      fail(
          "samples with labels need a classifier: this model has no class labels, and no output that is one vector of "
          "scores");
    }
    for (std::int64_t i = 0; i < vector.front(); ++i) output.labels.push_back(std::to_string(i));
  }

  void set_tokens(ModelFeed& feed) const {
    ComparedOutput& output = feed.output;
    const auto input = std::ranges::find(feed.inputs, dataset_.next_token, &InputSource::name);
    if (input == feed.inputs.end() || !input->column) {
      fail(fmt::format("has no input '{}', whose values are the tokens to foretell", dataset_.next_token));
    }
    output.tokens = *input->column;
    const data::ArrayColumn& column = dataset_.inputs[*input->column];
    if (!are_tokens(column, output.shape)) {
      throw DataError(
          column.place(),
          fmt::format("tokens of type '{}' and shape {} to be foretold by output '{}' of {}, {}; whole numbers "
                      "are needed, and scores for each",
                      column.type, runtime::shape_text(column.shape), output.name, name_,
                      output.shape ? "which is " + runtime::shape_text(*output.shape)
                                   : std::string("whose shape isn't known before it runs")));
    }
    output.per_position = true;
  }

  void check_target(ComparedOutput& output) const {
    const data::ArrayColumn& column = dataset_.targets[*output.target];
    output.per_position = are_tokens(column, output.shape);
    if (output.per_position) return;
    const std::string what = fmt::format("output '{}' of {}", output.name, name_);
    if (column.images) {
      if (!output.image) throw DataError(column.place(), fmt::format("images for {}, which is no image", what));
      return;
    }
    if (!output.shape) return;
    Shape wanted = *output.shape;
    if (output.image && column.type == "|u1" && without_ones(column.shape) != without_ones(wanted)) {
      std::rotate(wanted.begin(), wanted.begin() + 1, wanted.end());  // as images lie in arrays
    }
    if (without_ones(column.shape) == without_ones(wanted)) return;
    throw DataError(column.place(),
                    fmt::format("targets of the shape {} for {}, which is {}", runtime::shape_text(column.shape), what,
                                runtime::shape_text(*output.shape)));
  }

  const formats::Model& model_;
  const std::string& name_;
  const data::Dataset& dataset_;
  const std::string wanted_;  // the output that is to be compared; "": none was named
  runtime::Description description_;
  std::shared_ptr<const lowering::Network> network_;
  std::optional<std::int64_t> steps_;  // of sequences
};

// Whether an input is an image of 16-bit floating point gray, which predict_images() doesn't prepare.
bool takes_halves(const formats::Model& model) {
  const runtime::Description description = model.description();
  return std::ranges::any_of(description.inputs, [](const runtime::Feature& feature) {
    return feature.pixels == runtime::PixelFormat::gray_float16;
  });
}

// Whether an output is the one whose values are answers, of a classifier of one image.
bool gives_answers(const formats::Model& model, const std::string& output) {
  const runtime::Description description = model.description();
  if (!description.probabilities_output.empty()) return output == description.probabilities_output;
  return description.label_output.empty() && description.outputs.size() == 1 &&
         description.outputs.front().name == output;
}

}  // namespace

ModelFeed feed_model(const formats::Model& model, const std::string& name, const data::Dataset& dataset,
                     const std::string& output) {
  return within<ModelError>(name, [&] { return Feeder(model, name, dataset, output).feed(); });
}

ModelFeed feed_detector(const formats::Model& model, const std::string& name, const data::Dataset& dataset,
                        const DetectionUse& detection) {
  return within<ModelError>(name, [&] { return Feeder(model, name, dataset, "").feed_boxes(detection); });
}

bool is_fed(const formats::Model& model, const std::string& name, const data::Dataset& dataset,
            const std::string& output) {
  if (!dataset.inputs.empty() || !dataset.targets.empty() || model.structure() != formats::Structure::network)
    return true;
  if (!output.empty() && !gives_answers(model, output)) return true;
  if (takes_halves(model)) return true;
  if (!dataset.classes.empty()) return false;
  return !is_image_classifier(*within(name, [&] { return model.lower(); }));
}

}  // namespace goldilocks::pipeline
