// An OptimizationConfig as rules of a stage:
//
//   config_type: OpLinearQuantizerConfig    the class of every config that doesn't name its own
//   global_config: {mode: linear}           -> match everything, last
//   op_type_configs: {conv: {...}}          -> match by operation_type
//   op_name_configs: {conv1: null, w: {...}} -> match by constant; then, as other rules, by operation
#include "core/pipeline/yaml/coremltools_rules.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/suggest.hpp"
#include "core/formats/format.hpp"
#include "core/pipeline/yaml/op_config.hpp"
#include "core/pipeline/yaml/parse_plugin.hpp"
#include "core/pipeline/yaml/variables.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {
namespace {

// As coremltools has it.
constexpr std::uint64_t default_weight_threshold = 2048;
constexpr std::uint64_t default_group_size = 32;
constexpr std::uint64_t default_block_size = 32;

using Texts = std::map<std::string, std::string>;

// The functions that do what a class does, its default first.
std::vector<std::string> functions_of(OpConfigType type) {
  switch (type) {
    case OpConfigType::palettizer:
      return {"kmeans_lut", "linear_lut", "unique_lut", "python_lut"};
    case OpConfigType::linear_quantizer:
      return {"linear_symmetric", "linear"};
    case OpConfigType::threshold_pruner:
      return {"prune_threshold"};
    default:
      return {"prune_magnitude"};
  }
}

bool is_one_of(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// A name as a pattern that fits nothing else.
std::string as_pattern(const std::string& name) {
  std::string pattern;
  for (const char c : name) {
    if (c == '*' || c == '?' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

std::string number_text(double value) { return plugins::to_text(plugins::OptionValue(value)); }

weights::Granularity granularity_of(const OpConfig& config) {
  using Part = weights::Granularity::Kind;
  const std::size_t index = config.granularity.value();
  if (index == 0) return {.kind = Part::tensor};
  if (config.type == OpConfigType::palettizer) {
    const auto size = static_cast<std::int64_t>(config.group_size.value_or(default_group_size));
    return size == 0 ? weights::Granularity{.kind = Part::tensor}
                     : weights::Granularity{.kind = Part::group, .size = size};
  }
  if (index == 1) return {.kind = Part::channel};
  const BlockSizes blocks = config.block_sizes.value_or(BlockSizes{.sizes = {default_block_size}});
  if (!blocks.is_list) {
    const auto size = static_cast<std::int64_t>(blocks.sizes.front());
    return size == 0 ? weights::Granularity{.kind = Part::channel}
                     : weights::Granularity{.kind = Part::block, .size = size};
  }
  weights::Granularity granularity{.kind = Part::blocks};
  for (const std::uint64_t size : blocks.sizes) granularity.sizes.push_back(static_cast<std::int64_t>(size));
  return granularity;
}

quantization::Layout layout_of(const OpConfig& config) {
  quantization::Layout layout;
  if (config.granularity) layout.granularity = granularity_of(config);
  layout.axis = config.channel_axis;
  if (config.cluster_dim) layout.vector = static_cast<int>(*config.cluster_dim);
  if (config.enable_per_channel_scale) {
    layout.channel_scale =
        *config.enable_per_channel_scale ? quantization::ChannelScale::plain : quantization::ChannelScale::none;
  }
  return layout;
}

// Reads one file for one stage.
class ConfigurationReader {
 public:
  ConfigurationReader(StageContext& context, YamlReader& reader, QuantizeStage& stage)
      : context_{.reader = reader, .faults = context.faults, .registry = context.registry, .spec = context.spec},
        reader_(reader),
        stage_(stage),
        has_sweep_(!stage.functions.empty()) {}

  void read(const YAML::Node& document) {
    const auto entries = reader_.entries(document, "an OptimizationConfig");
    if (!entries) return;
    std::optional<YAML::Node> global;
    std::optional<YAML::Node> types;
    std::optional<YAML::Node> names;
    for (const auto& [key, value] : *entries) {
      const std::string name = key.Scalar();
      if (name == "config_type") {
        type_ = read_type(value);
        if (!type_) return;
      } else if (name == "global_config") {
        global.emplace(value);
      } else if (name == "op_type_configs") {
        types.emplace(value);
      } else if (name == "op_name_configs") {
        names.emplace(value);
      } else {
        static const std::vector<std::string> known = {"config_type", "global_config", "op_type_configs",
                                                       "op_name_configs"};
        reader_.fault(key, "unknown key '" + name + "' in an OptimizationConfig" + did_you_mean(name, known));
      }
    }
    if (!type_) return reader_.fault(document, "an OptimizationConfig has no 'config_type'");
    if (names) add_names(*names);
    if (types) add_types(*types);
    if (global) {
      WeightRule rule;
      rule.match = everything();
      add(std::move(rule), *global);
    }
    if (!has_sweep_) add_sweep(document, global.has_value());
  }

 private:
  static RuleMatch everything() {
    RuleMatch match;
    match.layers = {"*"};
    return match;
  }

  std::optional<OpConfigType> read_type(const YAML::Node& node) {
    const auto index = reader_.choice(node, "'config_type'", op_config_types);
    if (!index) return std::nullopt;
    return static_cast<OpConfigType>(*index);
  }

  Entries entries_of(const YAML::Node& node, const std::string& what) {
    if (node.IsNull()) return {};
    return reader_.entries(node, what).value_or(Entries{});
  }

  // What is said of a constant comes before what is said of the operation that reads it.
  void add_names(const YAML::Node& node) {
    const Entries entries = entries_of(node, "'op_name_configs'");
    std::vector<WeightRule> of_operations;
    for (const auto& [key, value] : entries) {
      WeightRule rule;
      rule.place = reader_.place(key);
      rule.match.constants = {as_pattern(key.Scalar())};
      if (!add(std::move(rule), value)) continue;
      WeightRule& other = of_operations.emplace_back(stage_.rules.back());
      std::swap(other.match.layers, other.match.constants);
      std::swap(other.recorded_layers, other.recorded_constants);
    }
    stage_.rules.insert(stage_.rules.end(), of_operations.begin(), of_operations.end());
  }

  void add_types(const YAML::Node& node) {
    const std::vector<std::string_view> known = formats::layer_types();
    for (const auto& [key, value] : entries_of(node, "'op_type_configs'")) {
      const std::string& type = key.Scalar();
      if (type == "const") {
        reader_.fault(key, "'op_type_configs' can't have 'const'; name the constant in 'op_name_configs'");
        continue;
      }
      WeightRule rule;
      rule.place = reader_.place(key);
      rule.match.layer_types = {type};
      if (std::ranges::find(known, type) != known.end()) {
        add(std::move(rule), value);
        continue;
      }
      const std::vector<std::string> names(known.begin(), known.end());
      Place place = rule.place;
      place.file = place.file.filename();
      context_.spec.notices.push_back(
          fmt::format("{}: there is no operation of the type '{}'{}", place.text(), type, did_you_mean(type, names)));
    }
  }

  // Adds a rule for what it matches already. Returns whether it did.
  bool add(WeightRule rule, const YAML::Node& node) {
    if (rule.place.line == 0) rule.place = reader_.place(node);
    for (const std::string& layer : rule.match.layers) rule.recorded_layers.push_back(escape_variables(layer));
    for (const std::string& name : rule.match.constants) rule.recorded_constants.push_back(escape_variables(name));
    if (node.IsNull()) {
      rule.skip = true;
    } else {
      const auto config = read_config(node);
      if (!config || !fill(rule, *config)) return false;
    }
    stage_.rules.push_back(std::move(rule));
    return true;
  }

  std::optional<OpConfig> read_config(const YAML::Node& node) {
    const auto entries = reader_.entries(node, "a config");
    if (!entries) return std::nullopt;
    OpConfig config;
    config.type = *type_;
    for (const auto& [key, value] : *entries) {
      if (key.Scalar() != "config_type") continue;
      const auto type = read_type(value);
      if (!type) return std::nullopt;
      config.type = *type;
    }
    const MappingOf<OpConfig>& keys = op_config_keys(config.type);
    const std::vector<std::string> known = names_of(keys);
    Fields fields(reader_.place(node));
    bool is_sound = true;
    for (const auto& [key, value] : *entries) {
      const std::string& name = key.Scalar();
      if (name == "config_type" || (value.IsNull() && (name == "lut_function" || is_one_of(known, name)))) continue;
      if (is_one_of(known, name)) {
        fields.add(name, value, reader_.place(value));
        continue;
      }
      is_sound = false;
      reader_.fault(key, name == "lut_function"
                             ? "a file can't hold a 'lut_function'; a rule with the function python_lut can name one"
                             : "unknown key '" + name + "' in " + keys.what + did_you_mean(name, known));
    }
    if (!read_values(context_, keys, fields, &config) || !is_sound) return std::nullopt;
    return config;
  }

  bool fault(const WeightRule& rule, const std::string& message) { return context_.fault(rule.place, message); }

  bool fill(WeightRule& rule, const OpConfig& config) {
    rule.weight_threshold =
        config.weight_threshold ? config.weight_threshold : stage_.weight_threshold.value_or(default_weight_threshold);
    rule.layout = layout_of(config);
    if (config.type == OpConfigType::palettizer) {
      if (config.mode && palettizer_modes.at(*config.mode) == "custom") {
        return fault(rule,
                     "the mode 'custom' needs a function, which a file can't hold; a rule with the function "
                     "python_lut can name one");
      }
      if (config.nbits) rule.bits = static_cast<int>(*config.nbits);
    } else if (config.dtype) {
      rule.bits = *config.dtype < 2 ? 8 : 4;
    }
    Texts options;
    if (!set_options(rule, config, options)) return false;
    return choose_function(rule, config, options);
  }

  bool set_options(const WeightRule& rule, const OpConfig& config, Texts& options) {
    if (config.dtype) options["unsigned"] = linear_types.at(*config.dtype).front() == 'u' ? "true" : "false";
    if (config.threshold) options["threshold"] = number_text(*config.threshold);
    if (config.minimum_sparsity_percentile) {
      options["minimum_sparsity_percentile"] = number_text(*config.minimum_sparsity_percentile);
    }
    if (config.type != OpConfigType::magnitude_pruner) return true;
    if (config.target_sparsity && config.n_m_ratio) {
      return fault(rule, "'target_sparsity' and 'n_m_ratio' exclude each other");
    }
    if (!config.target_sparsity && !config.n_m_ratio && in_sweep("prune_magnitude") == nullptr) {
      return fault(rule, "an OpMagnitudePrunerConfig needs 'target_sparsity' or 'n_m_ratio'");
    }
    if (config.n_m_ratio && config.block_size.value_or(1) > 1) {
      return fault(rule, "'block_size' goes with 'target_sparsity'");
    }
    if (config.target_sparsity) {
      options["target_sparsity"] = number_text(*config.target_sparsity);
      options["n_m_ratio"] = "";
    }
    if (config.n_m_ratio) {
      options["n_m_ratio"] = fmt::format("{}:{}", config.n_m_ratio->at(0), config.n_m_ratio->at(1));
      options["target_sparsity"] = "-1";
      options["block_size"] = "1";
    }
    if (config.block_size) options["block_size"] = std::to_string(*config.block_size);
    if (config.dim) options["dim"] = std::to_string(*config.dim);
    return true;
  }

  // The sweep's function of this name, if it has one.
  const SweptFunction* in_sweep(const std::string& name) const {
    if (!has_sweep_) return nullptr;
    const auto found =
        std::ranges::find_if(stage_.functions, [&](const SweptFunction& swept) { return swept.function.name == name; });
    return found == stage_.functions.end() ? nullptr : &*found;
  }

  // The first of the sweep's functions that does what the class does.
  const SweptFunction* of_class(OpConfigType type) const {
    if (!has_sweep_) return nullptr;
    const std::vector<std::string> names = functions_of(type);
    const auto found = std::ranges::find_if(
        stage_.functions, [&](const SweptFunction& swept) { return is_one_of(names, swept.function.name); });
    return found == stage_.functions.end() ? nullptr : &*found;
  }

  // Whether all that the sweep's functions do is what the class does; functions of others make tables.
  bool is_sweep_of(OpConfigType type) const {
    const auto fits = [&](const SweptFunction& swept) {
      for (std::size_t i = 0; i < op_config_types.size(); ++i) {
        const auto other = static_cast<OpConfigType>(i);
        if (is_one_of(functions_of(other), swept.function.name)) return other == type;
      }
      return type == OpConfigType::palettizer;
    };
    return has_sweep_ && std::ranges::all_of(stage_.functions, fits);
  }

  bool choose_function(WeightRule& rule, const OpConfig& config, const Texts& options) {
    if (!config.mode && options.empty() && is_sweep_of(config.type)) return true;
    std::string name = functions_of(config.type).front();
    if (config.type == OpConfigType::palettizer && config.mode) name = functions_of(config.type).at(*config.mode);
    if (config.type == OpConfigType::linear_quantizer && config.mode) name = linear_modes.at(*config.mode);
    const SweptFunction* const swept = of_class(config.type);
    if (!config.mode && swept != nullptr) name = swept->function.name;
    const SweptFunction* const base = in_sweep(name);
    try {
      const plugins::QuantizerPlugin& plugin = context_.registry.quantizer(name);
      rule.function = plugin_use(context_.registry, plugins::Kind::quantizer, name,
                                 base == nullptr ? nullptr : &base->function, options);
      rule.function->place = rule.place;
      return choose_bits(rule, config, plugin, swept != nullptr);
    } catch (const Error& error) {
      context_.faults.add(rule.place, error.what(), error.exit_code());
      return false;
    }
  }

  bool choose_bits(WeightRule& rule, const OpConfig& config, const plugins::QuantizerPlugin& plugin, bool in_sweep) {
    if (plugin.chooses_width) {
      if (rule.bits) return fault(rule, "the mode 'unique' chooses its widths itself; leave 'nbits' out");
      rule.bits = 0;
      return true;
    }
    if (!rule.bits && !in_sweep && config.type == OpConfigType::linear_quantizer) rule.bits = 8;
    if (!rule.bits && !in_sweep) {
      return fault(rule, "'nbits' is missing, and there is no sweep of tables to take it from");
    }
    if (!rule.bits || plugin.offers(*rule.bits, context_.spec.loads_packages())) return true;
    return fault(rule, fmt::format("'{}' does not offer {} bits; it offers {}", plugin.name, *rule.bits,
                                   plugin.offered_widths()));
  }

  // The rule for everything, or otherwise the first that compresses, stands for the stage.
  void add_sweep(const YAML::Node& document, bool has_global) {
    const auto compresses = [](const WeightRule& rule) { return rule.function.has_value(); };
    const auto& rules = stage_.rules;
    auto chosen = rules.end();
    if (has_global && !rules.empty() && compresses(rules.back())) chosen = rules.end() - 1;
    if (chosen == rules.end()) chosen = std::ranges::find_if(rules, compresses);
    if (chosen == rules.end()) {
      if (context_.faults.empty()) reader_.fault(document, "it compresses nothing, and the stage has no 'sweep'");
      return;
    }
    SweptFunction swept;
    swept.function = *chosen->function;
    swept.label = "coremltools";
    swept.widths = {chosen->bits.value()};
    stage_.functions.push_back(std::move(swept));
    if (has_global) return;
    WeightRule rest;
    rest.match = everything();
    rest.recorded_layers = rest.match.layers;
    rest.skip = true;
    rest.place.file = reader_.file();
    stage_.rules.push_back(std::move(rest));
  }

  StageContext context_;
  YamlReader& reader_;
  QuantizeStage& stage_;
  bool has_sweep_;
  std::optional<OpConfigType> type_;
};

}  // namespace

bool read_coremltools_rules(StageContext& context, const PathValue& file, QuantizeStage& stage) {
  const std::size_t before = context.faults.count();
  YamlReader reader(file.path, context.faults);
  const YAML::Node document = reader.load("an OptimizationConfig has at least 'config_type'");
  if (context.faults.count() == before) ConfigurationReader(context, reader, stage).read(document);
  return context.faults.count() == before;
}

}  // namespace goldilocks::pipeline
