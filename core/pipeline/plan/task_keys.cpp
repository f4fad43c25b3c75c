#include "core/pipeline/plan/task_keys.hpp"

#include <array>

#include <fmt/format.h>

#include "core/base/hash.hpp"
#include "core/plugins/option_files.hpp"

namespace goldilocks::pipeline {
namespace {

// Raise one when the code behind a step changes what it makes: older artifacts are then not used any more.
constexpr int prepare_revision = 2;
constexpr int prepare_inputs_revision = 1;
constexpr int predict_inputs_revision = 1;
constexpr int quantize_revision = 3;
constexpr int predict_revision = 2;
constexpr int sensitivity_revision = 3;
constexpr int mix_revision = 2;

// A path counts by the content behind it, not by its name.
void add_plugin(Hasher& hasher, const KeyedPlugin& plugin) {
  hasher.add(plugin.name).add(plugin.file_sha256);
  for (const plugins::OptionSpec& spec : plugin.specs) {
    const auto value = plugin.options.find(spec.name);
    if (value == plugin.options.end() || spec.type == plugins::OptionType::path) continue;
    hasher.add(spec.name).add(plugins::to_text(value->second));
  }
  hasher.add(plugins::hash_option_files(plugin.specs, plugin.options));
}

void add_texts(Hasher& hasher, const std::vector<std::string>& texts) {
  hasher.add(static_cast<std::int64_t>(texts.size()));
  for (const std::string& text : texts) hasher.add(text);
}

void add_number(Hasher& hasher, const std::optional<std::int64_t>& number) {
  hasher.add(number ? fmt::format("{}", *number) : "none");
}

void add_rule(Hasher& hasher, const KeyedRule& rule) {
  add_texts(hasher, rule.match.layers);
  add_texts(hasher, rule.match.layer_types);
  add_texts(hasher, rule.match.parameters);
  for (const Range& range : rule.match.ranges) {
    add_number(hasher, range.least);
    add_number(hasher, range.most);
  }
  hasher.add(std::int64_t{rule.skip ? 1 : 0});
  add_number(hasher, rule.bits);
  hasher.add(std::int64_t{rule.function ? 1 : 0});
  if (rule.function) add_plugin(hasher, *rule.function);
}

}  // namespace

std::string to_text(data::Fit fit) {
  static constexpr std::array names = {"center_crop", "scale_fit", "scale_fill"};
  return names.at(static_cast<std::size_t>(fit));
}

std::string to_text(data::Filter filter) {
  static constexpr std::array names = {"nearest", "bilinear", "area", "bicubic", "lanczos"};
  return names.at(static_cast<std::size_t>(filter));
}

std::string prepare_key(const std::string& dataset_fingerprint, int width, int height, int channels,
                        const data::Preparation& preparation, std::uint64_t max_unusable) {
  Hasher hasher;
  hasher.add("prepare").add(std::int64_t{prepare_revision}).add(dataset_fingerprint);
  hasher.add(std::int64_t{width}).add(std::int64_t{height}).add(std::int64_t{channels});
  hasher.add(to_text(preparation.fit)).add(to_text(preparation.filter));
  if (max_unusable != 0) hasher.add("max unusable").add(std::to_string(max_unusable));
  return hasher.finish();
}

std::string prepare_key(const std::string& dataset_fingerprint, const std::vector<FedInput>& inputs,
                        const data::Preparation& preparation, std::uint64_t max_unusable) {
  Hasher hasher;
  hasher.add("prepare inputs").add(std::int64_t{prepare_inputs_revision}).add(std::int64_t{prepare_revision});
  hasher.add(dataset_fingerprint);
  for (const FedInput& input : inputs) {
    hasher.add(input.name).add(input.column ? static_cast<std::int64_t>(*input.column) : std::int64_t{-1});
    hasher.add(std::int64_t{input.width}).add(std::int64_t{input.height}).add(std::int64_t{input.channels});
  }
  hasher.add(to_text(preparation.fit)).add(to_text(preparation.filter));
  hasher.add(std::to_string(max_unusable));
  return hasher.finish();
}

std::string quantize_key(const std::string& input, const KeyedQuantization& quantization) {
  Hasher hasher;
  hasher.add("quantize").add(std::int64_t{quantize_revision}).add(input);
  add_plugin(hasher, quantization.function);
  hasher.add(std::int64_t{quantization.bits}).add(quantization.description);
  hasher.add(to_text(quantization.passes.fold)).add(to_text(quantization.passes.compaction));
  hasher.add(std::int64_t{quantization.requantize ? 1 : 0}).add(to_text(quantization.keep));
  hasher.add(static_cast<std::int64_t>(quantization.rules.size()));
  for (const KeyedRule& rule : quantization.rules) add_rule(hasher, rule);
  return hasher.finish();
}

std::string predict_key(const std::string& model, const std::string& prepared_key, const KeyedPlugin& backend,
                        bool scores_only, const std::string& output) {
  Hasher hasher;
  hasher.add("predict").add(std::int64_t{predict_revision}).add(model).add(prepared_key);
  add_plugin(hasher, backend);
  hasher.add(std::int64_t{scores_only ? 1 : 0});
  if (!output.empty()) hasher.add("output").add(output).add(std::int64_t{predict_inputs_revision});
  return hasher.finish();
}

std::string sensitivity_key(const std::string& model, const std::string& prepared_key,
                            const KeyedSensitivity& sensitivity) {
  Hasher hasher;
  hasher.add("sensitivity").add(std::int64_t{sensitivity_revision}).add(model).add(prepared_key);
  add_plugin(hasher, sensitivity.function);
  for (const int width : sensitivity.widths) hasher.add(std::int64_t{width});
  add_plugin(hasher, sensitivity.backend);
  hasher.add(static_cast<std::int64_t>(sensitivity.samples));
  return hasher.finish();
}

std::string tensor_key(const std::string& sensitivity, const std::string& layer, const std::string& parameter) {
  Hasher hasher;
  hasher.add("sensitivity of a tensor").add(sensitivity).add(layer).add(parameter);
  return hasher.finish();
}

std::string mix_key(const std::string& sensitivity_key, const KeyedMix& mix) {
  Hasher hasher;
  hasher.add("mix").add(std::int64_t{mix_revision}).add(sensitivity_key);
  hasher.add(mix.target).add(mix.description).add(static_cast<std::int64_t>(mix.measurements));
  return hasher.finish();
}

}  // namespace goldilocks::pipeline
