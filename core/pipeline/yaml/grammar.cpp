#include "core/pipeline/yaml/grammar.hpp"

#include <array>

namespace goldilocks::pipeline {
namespace grammar {

std::span<const Key> pipeline() {
  static constexpr std::array keys = {
      Key{"name", Shape::name, false, "The run's name; by default that of the file without its ending."},
      Key{"variables", Shape::variables, false,
          "Names with their defaults; ${name} stands for the value, --set name=value changes it."},
      Key{"plugins", Shape::paths, false, "Folders and libraries to search for plugins before the usual places."},
      Key{"stages", Shape::stages, true,
          "What to do: load, quantize, sensitivity, mixed, evaluate, select, prove, publish, report, in this order."},
  };
  return keys;
}

std::span<const Key> path_variable() {
  static constexpr std::array keys = {
      Key{"path", Shape::path, true, "The default of a variable that is a path, relative to the pipeline's file."},
  };
  return keys;
}

std::span<const Key> stage() {
  static constexpr std::array keys = {
      Key{"load", Shape::load, false, "Models, the images to evaluate them on, or an earlier run's results."},
      Key{"quantize", Shape::quantize, false, "Makes variants: each function at each width."},
      Key{"sensitivity", Shape::sensitivity, false,
          "Measures what each weight tensor alone does to the answers, by width."},
      Key{"mixed", Shape::mixed, false, "Makes a variant with a width of its own for each weight tensor."},
      Key{"evaluate", Shape::evaluate, false, "Runs every model on its images and computes the metrics."},
      Key{"select", Shape::select, false, "Chooses the smallest model that keeps all limits."},
      Key{"prove", Shape::prove, false, "States the chosen model's figures on images that took no part in the choice."},
      Key{"publish", Shape::publish, false, "Puts the chosen file into a folder of its own, with its papers."},
      Key{"report", Shape::reports, false, "Writes the results in one or more forms."},
  };
  return keys;
}

std::span<const Key> load() {
  static constexpr std::array keys = {
      Key{"model", Shape::model, false, "A .mlmodel file."},
      Key{"models", Shape::models, false, "Several .mlmodel files."},
      Key{"dataset", Shape::dataset, false,
          "Images or arrays to evaluate on; those of the first stage that has some by default."},
      Key{"results", Shape::path, false, "An earlier run's folder or results.json, to select from and report again."},
  };
  return keys;
}

std::span<const Key> model() {
  static constexpr std::array keys = {
      Key{"path", Shape::path, true, "A .mlmodel file."},
      Key{"name", Shape::name, false, "What to call it; by default the file's name without its ending."},
  };
  return keys;
}

std::span<const Key> dataset() {
  static constexpr std::array keys = {
      Key{"images", Shape::path, false,
          "A folder with one folder of images per class, a .csv or .json list of files and labels, or a .npy file "
          "(uint8, [N, H, W] or [N, H, W, 3])."},
      Key{"inputs", Shape::arrays, false,
          "Arrays, beside images or in their place: for each input of the model a .npy file ([N, ...]), a .npz file or "
          "a folder with one file per sample; or one such path."},
      Key{"targets", Shape::arrays, false,
          "What the model should give, in the same forms; images for an output that is an image."},
      Key{"labels", Shape::path, false,
          "The labels of images in a .npy file, or of arrays: a .npy file of integers, [N], or a .npz file with such "
          "an array of the name 'labels'."},
      Key{"crop", Shape::crop, false, "How an image is fitted to the model's input: center by default."},
      Key{"filter", Shape::filter, false, "How pixels are interpolated: bilinear by default."},
      Key{"name", Shape::name, false, "What to call it; by default the last part of the path."},
      Key{"labelled", Shape::flag, false,
          "false: a folder of images at any depth, or a .npy file, without labels; models are compared with each "
          "other."},
      Key{"label_map", Shape::path, false,
          "A .csv or .json file that says by which of the model's labels each class goes."},
      Key{"max_unusable", Shape::whole, false,
          "How many samples may be unreadable; they are left out and listed. 0 by default."},
      Key{"split", Shape::split, false, "Cuts it into parts, of which a stage can use one."},
  };
  return keys;
}

std::span<const Key> split() {
  static constexpr std::array keys = {
      Key{"parts", Shape::parts, true, "Each part's name and share, above 0 and together at most 1."},
      Key{"seed", Shape::whole, false, "Another seed puts other samples into each part; 1 by default."},
  };
  return keys;
}

std::span<const Key> quantize() {
  static constexpr std::array keys = {
      Key{"id", Shape::name, false, "By which a later quantize stage names this one as its input."},
      Key{"input", Shape::inputs, false,
          "What to quantize: names of loaded models and ids of earlier quantize stages; all loaded models by default."},
      Key{"name", Shape::name_template, false, "The variants' names: {model}_{function}_{bits} by default."},
      Key{"description", Shape::name_template, false,
          "The short description written into each file, with the same placeholders; left as it is by default."},
      Key{"sweep", Shape::sweep, true, "The functions and the widths."},
      Key{"isolation", Shape::isolation, false,
          "none: plugins run in this process, by default; process: each task in one of its own, so that a crash is its "
          "failure alone."},
      Key{"time_limit", Shape::time_limit, false,
          "With 'isolation: process': the seconds after which a task is given up; 600 by default."},
      Key{"rules", Shape::rules, false,
          "What becomes of some of the weights: skipped, other bits, another function. The first that matches counts."},
      Key{"requantize", Shape::flag, false, "Quantizes what is quantized already, too; false by default."},
      Key{"keep", Shape::keep, false,
          "smaller: a tensor whose codes would not be smaller than float16 or float32 is stored as that, by default; "
          "always: as codes all the same."},
      Key{"fold", Shape::fold, false,
          "Which layers are folded into the one before them: auto (below 16 bits all kinds), true, false, or a list of "
          "batchnorm, scale, bias."},
      Key{"compact_preprocessing", Shape::compaction, false,
          "Stores a mean image in less space: false (the default), true (where that is lossless) or float16."},
  };
  return keys;
}

std::span<const Key> sweep() {
  static constexpr std::array keys = {
      Key{"function", Shape::functions, true, "Quantizers, each with its options."},
      Key{"bits", Shape::bits, false, "Widths: 1 to 8, 16, 32; by default all that each function declares."},
      Key{"compact_preprocessing", Shape::compactions, false,
          "One or several of false, true, float16, in place of the stage's own key."},
  };
  return keys;
}

std::span<const Key> swept_function() {
  static constexpr std::array keys = {
      Key{"bits", Shape::bits, false, "The widths for this function alone."},
      Key{"as", Shape::name, false, "What {function} stands for, so that one function can occur twice."},
  };
  return keys;
}

namespace {
constexpr Key match_key{"match", Shape::match, true, "Which tensors the rule is for; all that it says must hold."};
}

std::span<const Key> skipping_rule() {
  static constexpr std::array keys = {
      match_key,
      Key{"skip", Shape::flag, true,
          "true: they stay as they are. false: they are quantized as the sweep says, whatever later rules say."},
  };
  return keys;
}

std::span<const Key> quantizing_rule() {
  static constexpr std::array keys = {
      match_key,
      Key{"bits", Shape::width, false, "Their width; the sweep's by default."},
      Key{"function", Shape::quantizer, false, "Their quantizer with its options; the sweep's by default."},
  };
  return keys;
}

std::span<const Key> match() {
  static constexpr std::array keys = {
      Key{"layer", Shape::texts, false,
          "The layer's name, or several; * stands for any characters, ? for one, and a backslash takes the next as it "
          "is."},
      Key{"layer_type", Shape::layer_types, false, "The format's name of the kind of layer, or several."},
      Key{"parameter", Shape::texts, false,
          "The format's name of the parameter (weights, bias, gamma), or several; also with * and ?. 'vectors' are all "
          "biases, statistics and scales, 'matrices' all others."},
      Key{"min_count", Shape::whole, false, "The least number of values of the tensor."},
      Key{"max_count", Shape::whole, false, "The largest number of values of the tensor."},
      Key{"min_layer_count", Shape::whole, false, "The least number of values of the layer's largest tensor."},
      Key{"max_layer_count", Shape::whole, false, "The largest number of values of the layer's largest tensor."},
      Key{"min_kernel_channels", Shape::whole, false, "Of convolutions: the least kernelChannels."},
      Key{"max_kernel_channels", Shape::whole, false, "Of convolutions: the largest kernelChannels."},
      Key{"min_groups", Shape::whole, false, "Of convolutions: the least number of groups."},
      Key{"max_groups", Shape::whole, false, "Of convolutions: the largest number of groups."},
      Key{"min_input_channels", Shape::whole, false, "The least number of the layer's input channels."},
      Key{"max_input_channels", Shape::whole, false, "The largest number of the layer's input channels."},
      Key{"min_output_channels", Shape::whole, false, "The least number of the layer's output channels."},
      Key{"max_output_channels", Shape::whole, false, "The largest number of the layer's output channels."},
  };
  return keys;
}

std::span<const Key> rules_file() {
  static constexpr std::array keys = {
      Key{"rules", Shape::rules, true, "What becomes of some of the weights. The first that matches counts."},
  };
  return keys;
}

std::span<const Key> sensitivity() {
  static constexpr std::array keys = {
      Key{"input", Shape::inputs, false, "The loaded models that it is about; all by default."},
      Key{"function", Shape::quantizer, true, "The quantizer with its options."},
      Key{"bits", Shape::bits, false, "The widths to try; by default all of 1 to 8 and 16 that the function declares."},
      Key{"backend", Shape::backend, false, "What runs the models: onednn by default."},
      Key{"part", Shape::name, false, "The part of each dataset's split to use; by default all samples."},
      Key{"samples", Shape::whole, false,
          "How many samples serve for the sensitivities, evenly chosen; all by default."},
  };
  return keys;
}

std::span<const Key> mixed() {
  static constexpr std::array keys = {
      Key{"name", Shape::name_template, false, "The variants' names: {model}_mixed by default."},
      Key{"description", Shape::name_template, false,
          "The short description written into each file, with the same placeholders; left as it is by default."},
      Key{"size", Shape::whole, false, "The largest size that the file may have, in bytes."},
      Key{"size_of", Shape::variant, false, "A variant; the file may be as large as its file."},
      Key{"kl", Shape::divergence, false,
          "The largest divergence from the full-precision model's answers, on the samples of the sensitivity stage."},
      Key{"measurements", Shape::whole, false, "How many models may be run to correct the widths: 400 by default."},
  };
  return keys;
}

std::span<const Key> evaluate() {
  static constexpr std::array keys = {
      Key{"backend", Shape::backend, false, "What runs the models: onednn by default."},
      Key{"baseline", Shape::name, false,
          "The loaded model to compare all others with; by default the one that a variant was made from, and without a "
          "quantize stage the first one."},
      Key{"part", Shape::name, false, "The part of each dataset's split to evaluate on; by default all samples."},
      Key{"isolation", Shape::isolation, false,
          "none: plugins run in this process, by default; process: each task in one of its own, so that a crash is its "
          "failure alone."},
      Key{"time_limit", Shape::time_limit, false,
          "With 'isolation: process': the seconds after which a task is given up; 600 by default."},
      Key{"metrics", Shape::metrics, false,
          "What is computed: a metric's name or several, and confusion; by default all that the data allow."},
      Key{"confidence", Shape::confidence, false, "Of every interval and test: 0.95 by default."},
      Key{"bootstrap", Shape::bootstrap, false, "How the intervals are found that no formula gives."},
      Key{"time", Shape::flag, false,
          "Measures how long a prediction takes and how much memory, in turns; false by default."},
      Key{"rounds", Shape::rounds, false, "With 'time: true': how often every variant has its turn; 30 by default."},
  };
  return keys;
}

std::span<const Key> bootstrap() {
  static constexpr std::array keys = {
      Key{"seed", Shape::whole, false, "Of the resamples: 1 by default; the same seed gives the same intervals."},
      Key{"resamples", Shape::resamples, false, "How many are drawn: 1000 by default."},
  };
  return keys;
}

std::span<const Key> select() {
  static constexpr std::array keys = {
      Key{"objective", Shape::objective, false, "What is made small: size (the default), zip_size or time."},
      Key{"max_drop", Shape::drop, false,
          "The largest drop of the mean accuracy that passes: 0.01 by default, unless there are constraints."},
      Key{"constraints", Shape::constraints, false,
          "Limits that the chosen variant keeps: a list of metrics, each with 'at_most' or 'at_least'."},
      Key{"confidence", Shape::confidence, false,
          "Limits have to hold by the intervals of this confidence, that of the evaluate stage; without it figures are "
          "taken as they are."},
      Key{"front", Shape::metric_pair, false,
          "Two metrics, for which the results name the variants that no other one beats; the objective and "
          "mean_accuracy by default."},
      Key{"allow_broken_baseline", Shape::flag, false,
          "Chooses among variants although their baseline answers some samples with no finite number, or none right; "
          "false "
          "by default."},
  };
  return keys;
}

std::span<const Key> prove() {
  static constexpr std::array keys = {
      Key{"part", Shape::name, true,
          "The part of each dataset's split to state the figures on; none of its images took part in the choice."},
      Key{"constraints", Shape::constraints, false,
          "Limits that the chosen variant has to keep there; by default those of the select stage."},
      Key{"confidence", Shape::confidence, false,
          "Limits have to hold by the intervals of this confidence; by default as in the select stage."},
  };
  return keys;
}

std::span<const Key> publish() {
  static constexpr std::array keys = {
      Key{"path", Shape::path, true, "The folder to publish into; it holds the release and nothing else."},
      Key{"name", Shape::name, false, "What the published file is called; by default as the pipeline."},
  };
  return keys;
}

std::span<const Key> limit() {
  static constexpr std::array keys = {
      Key{"at_most", Shape::bound, false, "The largest value that passes."},
      Key{"at_least", Shape::bound, false, "The least value that passes."},
  };
  return keys;
}

}  // namespace grammar

std::span<const std::string_view> crop_names() {
  static constexpr std::array<std::string_view, 9> names = {
      "center", "fit", "fill", "center_crop", "scale_fit", "scale_fill", "centerCrop", "scaleFit", "scaleFill"};
  return names;
}

std::span<const std::string_view> filter_names() {
  static constexpr std::array<std::string_view, 5> names = {"nearest", "bilinear", "area", "bicubic", "lanczos"};
  return names;
}

std::span<const std::string_view> isolation_names() {
  static constexpr std::array<std::string_view, 2> names = {"none", "process"};
  return names;
}

std::span<const int> known_widths() {
  static constexpr std::array widths = {1, 2, 3, 4, 5, 6, 7, 8, 16, 32};
  return widths;
}

std::span<const std::string_view> fold_names() {
  static constexpr std::array<std::string_view, 3> names = {"auto", "true", "false"};
  return names;
}

std::span<const std::string_view> fold_kinds() {
  static constexpr std::array<std::string_view, 3> names = {"batchnorm", "scale", "bias"};
  return names;
}

std::span<const std::string_view> keep_names() {
  static constexpr std::array<std::string_view, 2> names = {"smaller", "always"};
  return names;
}

std::span<const std::string_view> compaction_names() {
  static constexpr std::array<std::string_view, 3> names = {"false", "true", "float16"};
  return names;
}

std::vector<std::string> names_of(std::span<const Key> keys) {
  std::vector<std::string> names;
  for (const Key& key : keys) names.emplace_back(key.name);
  return names;
}

}  // namespace goldilocks::pipeline
