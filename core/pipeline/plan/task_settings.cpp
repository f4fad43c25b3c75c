#include "core/pipeline/plan/task_settings.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/pipeline/plan/task_keys.hpp"
#include "core/pipeline/yaml/variables.hpp"
#include "core/plugins/option_files.hpp"

namespace goldilocks::pipeline {
namespace {

// The value whose text this is.
template <class Value>
Value find_text(const std::string& text, std::initializer_list<Value> values) {
  for (const Value value : values) {
    if (to_text(value) == text) return value;
  }
  throw Error(ExitCode::internal, "the plan says '" + text + "', which this program doesn't know");
}

// Whatever the key stands for is as it was.
template <class Plugin>
const Plugin& checked(const Plugin& plugin, const goldilocks::PluginSettings& message) {
  if (plugin.file_sha256 != message.sha256()) {
    throw FileError(plugin.file, "it is not the plugin that the run was planned with: it was changed since");
  }
  const plugins::OptionValues options = options_of(message, plugin.options);
  for (const plugins::OptionSpec& spec : plugin.options) {
    const auto content = message.contents().find(spec.name);
    if (content == message.contents().end() || plugins::hash_option_files({spec}, options) == content->second) continue;
    throw FileError(std::get<std::string>(options.at(spec.name)), "it was changed since the run was planned");
  }
  return plugin;
}

PathValue path_of(const std::string& record) {
  const std::string path = without_variables(record);
  return {path, record, path};
}

RuleMatch match_of(const goldilocks::RuleMatch& message) {
  RuleMatch match;
  for (const std::string& layer : message.layers()) match.layers.push_back(without_variables(layer));
  for (const std::string& parameter : message.parameters()) match.parameters.push_back(without_variables(parameter));
  for (const std::string& function : message.functions()) match.functions.push_back(without_variables(function));
  for (const std::string& constant : message.constants()) match.constants.push_back(without_variables(constant));
  match.layer_types = {message.layer_types().begin(), message.layer_types().end()};
  for (std::size_t i = 0; i < measures; ++i) {
    const std::string name(to_text(static_cast<Measure>(i)));
    const auto end = [&](const std::string& key) -> std::optional<std::uint64_t> {
      const auto given = message.ranges().find(key);
      if (given == message.ranges().end()) return std::nullopt;
      return std::stoull(given->second);
    };
    match.ranges.at(i) = {.least = end("min_" + name), .most = end("max_" + name)};
  }
  return match;
}

}  // namespace

std::string without_variables(const std::string& text) {
  if (text.find("${") == std::string::npos) return text;
  Diagnostics faults;
  const auto expanded = Variables({}, faults).expand(text, {});
  faults.throw_if_any();
  return expanded.value().value;
}

data::Preparation preparation_of(const goldilocks::PrepareParameters& message) {
  using data::Filter;
  using data::Fit;
  return {
      find_text(message.crop(), {Fit::center_crop, Fit::scale_fit, Fit::scale_fill}),
      find_text(message.filter(), {Filter::nearest, Filter::bilinear, Filter::area, Filter::bicubic, Filter::lanczos})};
}

std::vector<InputSource> sources_of(const goldilocks::PrepareParameters& message) {
  std::vector<InputSource> sources;
  for (const goldilocks::InputSource& input : message.inputs()) {
    InputSource& source = sources.emplace_back();
    source.name = input.name();
    if (input.has_column()) source.column = input.column();
    source.width = static_cast<int>(input.width());
    source.height = static_cast<int>(input.height());
    source.channels = static_cast<int>(input.channels());
    source.shape = {input.shape().begin(), input.shape().end()};
  }
  return sources;
}

formats::PassSettings passes_of(const goldilocks::PassParameters& message) {
  formats::PassSettings passes;
  passes.fold = {.batchnorm = message.fold_batchnorm(), .scale = message.fold_scale(), .bias = message.fold_bias()};
  passes.compaction =
      find_text(message.compact_preprocessing(), {formats::Compaction::off, formats::Compaction::lossless,
                                                  formats::Compaction::float16, formats::Compaction::grid});
  return passes;
}

Keep keep_of(const goldilocks::QuantizeParameters& message) {
  return find_text(message.keep(), {Keep::smaller, Keep::always});
}

quantization::Layout layout_of(const goldilocks::Layout& message) {
  using quantization::ChannelScale;
  quantization::Layout layout;
  if (!message.granularity().empty()) layout.granularity = weights::granularity_from_text(message.granularity());
  if (message.has_axis()) layout.axis = message.axis();
  if (message.has_vector()) layout.vector = static_cast<int>(message.vector());
  if (!message.channel_scale().empty()) {
    layout.channel_scale =
        find_text(message.channel_scale(), {ChannelScale::none, ChannelScale::plain, ChannelScale::after_table});
  }
  if (message.has_int8_table()) layout.int8_table = message.int8_table();
  return layout;
}

void set_manner(quantization::QuantizeRequest& request, const goldilocks::QuantizeParameters& message) {
  request.requantize = message.requantize();
  request.keep = keep_of(message);
  request.joint = message.joint();
  if (message.has_weight_threshold()) request.weight_threshold = message.weight_threshold();
  if (message.indivisible() == "error") request.indivisible = quantization::Indivisible::error;
  if (message.indivisible() == "nearest") request.indivisible = quantization::Indivisible::nearest;
}

formats::VersionLimit limit_of(const goldilocks::QuantizeParameters& message) {
  const bool stays = message.compress_for() == "as_is";
  return {.system = stays ? "" : message.compress_for(), .stays = stays};
}

WeightRule rule_of(const goldilocks::WeightRule& message, plugins::Registry& registry) {
  WeightRule rule;
  rule.match = match_of(message.match());
  rule.skip = message.skip();
  if (message.has_weight_threshold()) rule.weight_threshold = message.weight_threshold();
  rule.layout = layout_of(message.layout());
  if (message.has_bits()) rule.bits = static_cast<int>(message.bits());
  if (message.has_function()) {
    const plugins::QuantizerPlugin& plugin = quantizer_of(message.function(), registry);
    rule.function.emplace();
    rule.function->name = plugin.name;
    rule.function->options = options_of(message.function(), plugin.options);
  }
  return rule;
}

std::string library_name(const goldilocks::PlannedPlugin& message) {
  return "goldilocks-" + message.kind() + "-" + message.name() + ".so";
}

DatasetUse dataset_use_of(const goldilocks::PlannedDataset& message) {
  DatasetUse use;
  use.name = message.name();
  use.labelled = message.labelled();
  if (!message.images().empty()) use.images = path_of(message.images());
  for (const auto& source : message.inputs()) use.inputs.push_back({source.name(), path_of(source.path())});
  for (const auto& source : message.targets()) use.targets.push_back({source.name(), path_of(source.path())});
  if (!message.labels().empty()) use.labels = path_of(message.labels());
  if (!message.label_map().empty()) use.label_map = path_of(message.label_map());
  if (message.parts_size() > 0) {
    use.split.emplace();
    use.split->seed = message.seed();
    for (const auto& part : message.parts()) use.split->parts.push_back({part.name(), part.share()});
  }
  return use;
}

std::optional<DetectedBoxes> detection_of(const goldilocks::PredictParameters& message) {
  if (!message.has_detection()) return std::nullopt;
  const goldilocks::DetectionParameters& parameters = message.detection();
  DetectedBoxes boxes;
  boxes.boxes = parameters.boxes();
  boxes.scores = parameters.scores();
  boxes.pixels = parameters.pixels();
  boxes.most = parameters.most();
  for (std::uint64_t i = 0; i < parameters.labels(); ++i) boxes.labels.push_back(std::to_string(i));
  boxes.width = static_cast<int>(parameters.width());
  boxes.height = static_cast<int>(parameters.height());
  return boxes;
}

lowering::LoweringOptions lowering_of(const std::string& precision) {
  return {.rounds_as_typed = precision == "as_typed"};
}

plugins::OptionValues options_of(const goldilocks::PluginSettings& message,
                                 const std::vector<plugins::OptionSpec>& specs) {
  plugins::OptionValues options;
  for (const plugins::OptionSpec& spec : specs) {
    const auto& given = spec.type == plugins::OptionType::path ? message.paths() : message.options();
    const auto found = given.find(spec.name);
    if (found == given.end()) continue;
    const std::string text = without_variables(found->second);
    // No file is said by an empty path; everything else was made absolute by the pipeline's parser.
    const bool no_file = spec.type == plugins::OptionType::path && text.empty();
    options[spec.name] =
        no_file ? plugins::OptionValue(std::string()) : plugins::parse_option(spec, {text, std::nullopt}, "/");
  }
  return plugins::complete_options(specs, std::move(options));
}

const plugins::QuantizerPlugin& quantizer_of(const goldilocks::PluginSettings& message, plugins::Registry& registry) {
  return checked(registry.quantizer(message.name()), message);
}

const plugins::BackendPlugin& backend_of(const goldilocks::PluginSettings& message, plugins::Registry& registry) {
  return checked(registry.backend(message.name()), message);
}

}  // namespace goldilocks::pipeline
