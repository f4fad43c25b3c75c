// A sweep is a product: inputs by functions by widths by ways with the mean image, in this order. Its variants are
// named by a template, and names must differ, as each becomes a file. Stages that take what others make multiply again,
// and so do names that stand in names: both are bounded.
#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/base/suggest.hpp"
#include "core/formats/model_files.hpp"
#include "core/pipeline/yaml/format_limits.hpp"
#include "core/pipeline/yaml/name_template.hpp"
#include "core/pipeline/yaml/stage_context.hpp"
#include "core/pipeline/yaml/variables.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"

namespace goldilocks::pipeline {
namespace {

// The placeholder that would tell two variants of one stage apart, for the message.
std::string missing_placeholder(const PipelineSpec& spec, const VariantSpec& a, const VariantSpec& b) {
  if (!a.quantized() || !b.quantized() || a.stage != b.stage) return "give one of the stages another 'name'";
  const std::string& pattern = spec.quantizes[a.stage].name;
  const auto lacks = [&](const char* placeholder) { return pattern.find(placeholder) == std::string::npos; };
  if (a.input != b.input && lacks("{model}")) return "add {model} to 'name'";
  if (a.bits != b.bits && lacks("{bits}")) return "add {bits} to 'name'";
  if (a.item != b.item && lacks("{function}")) return "add {function} to 'name'";
  if (a.layout.granularity != b.layout.granularity && lacks("{granularity}")) return "add {granularity} to 'name'";
  if (a.layout.vector != b.layout.vector && lacks("{vector}")) return "add {vector} to 'name'";
  if (a.layout.channel_scale != b.layout.channel_scale && lacks("{scale}")) return "add {scale} to 'name'";
  if (a.layout.int8_table != b.layout.int8_table && lacks("{table}")) return "add {table} to 'name'";
  if (a.passes.compaction != b.passes.compaction && lacks("{preprocessing}")) return "add {preprocessing} to 'name'";
  return "tell the functions apart by 'as', as in '{" + spec.function_of(b).function.name + ": {as: another_name}}'";
}

template <class T>
std::vector<std::optional<T>> choices(const std::vector<T>& own, const std::vector<T>& of_sweep) {
  const std::vector<T>& chosen = own.empty() ? of_sweep : own;
  std::vector<std::optional<T>> all;
  for (const T& one : chosen) all.emplace_back(one);
  if (all.empty()) all.emplace_back();
  return all;
}

// The product of what a function, or otherwise the sweep, lists.
std::vector<quantization::Layout> layouts_of(const QuantizeStage& stage, const SweptFunction& swept) {
  std::vector<quantization::Layout> layouts;
  for (const auto& granularity : choices(swept.layouts.granularities, stage.layouts.granularities)) {
    for (const auto& vector : choices(swept.layouts.vectors, stage.layouts.vectors)) {
      for (const auto& scale : choices(swept.layouts.channel_scales, stage.layouts.channel_scales)) {
        for (const auto& table : choices(swept.layouts.int8_tables, stage.layouts.int8_tables)) {
          layouts.push_back({.granularity = granularity,
                             .axis = std::nullopt,
                             .vector = vector,
                             .channel_scale = scale,
                             .int8_table = table});
        }
      }
    }
  }
  return layouts;
}

constexpr std::size_t most_variants = 100'000;

// Enough of a name that is no good to know it by.
std::string shortened(const std::string& name) {
  constexpr std::size_t most = 200;
  return name.size() <= most ? name : name.substr(0, most) + "...";
}

// A description without the values of the environment. The braces of ${env:NAME} are none of the template's.
std::string record_of(std::string_view pattern, const std::string& description, const TemplateValues& values) {
  if (!uses_environment(std::string(pattern))) return escape_variables(description);
  std::string record;
  while (!pattern.empty()) {
    const std::size_t variable = pattern.find("${env:");
    record += expand_template(pattern.substr(0, variable), values);
    if (variable == std::string_view::npos) break;
    pattern.remove_prefix(variable);
    const std::size_t end = std::min(pattern.find('}'), pattern.size() - 1) + 1;
    record += pattern.substr(0, end);
    pattern.remove_prefix(end);
  }
  return record;
}

class VariantNamer {
 public:
  explicit VariantNamer(StageContext& context)
      : spec_(context.spec),
        registry_(context.registry),
        faults_(context.reader.diagnostics()),
        limits_(context.registry) {}

  void add_loaded() {
    for (std::size_t stage = 0; stage < spec_.loads.size(); ++stage) {
      for (std::size_t item = 0; item < spec_.loads[stage].models.size(); ++item) {
        VariantSpec variant;
        variant.name = spec_.loads[stage].models[item].name;
        variant.loaded = true;
        variant.stage = stage;
        variant.item = item;
        variant.input = variant.root = spec_.variants.size();
        add(std::move(variant), spec_.loads[stage].models[item].place);
      }
    }
    loaded_ = spec_.variants.size();
  }

  void add_stage(std::size_t index) {
    const QuantizeStage& stage = spec_.quantizes[index];
    const std::size_t begin = spec_.variants.size();
    for (const std::size_t input : inputs_of(stage)) {
      if (spec_.variants.size() > most_variants) {
        faults_.add(stage.place, fmt::format("the sweeps make more than {} variants", most_variants));
        return;
      }
      for (std::size_t item = 0; item < stage.functions.size(); ++item) {
        const std::vector<quantization::Layout> layouts = layouts_of(stage, stage.functions[item]);
        for (const int bits : stage.functions[item].widths) {
          if (!is_offered(stage.functions[item], bits, input)) continue;
          for (const quantization::Layout& layout : layouts) {
            if (!is_storable(stage, stage.functions[item], bits, layout, input)) continue;
            for (const formats::Compaction compaction : stage.compactions) {
              add_quantized(index, item, input, bits, layout, compaction);
            }
          }
        }
      }
    }
    if (begin == spec_.variants.size() && !reason_.empty()) {
      faults_.add(stage.place, "nothing is left of the sweep: " + reason_);
    }
    std::vector<std::size_t>& made = made_by_[stage.id];
    for (std::size_t i = begin; i < spec_.variants.size(); ++i) made.push_back(i);
  }

  // One for each model of the sensitivity stage.
  void add_mixed(std::size_t index) {
    const MixedStage& stage = spec_.mixes[index];
    for (std::size_t input = 0; input < loaded_; ++input) {
      if (!spec_.is_studied(spec_.variants[input])) continue;
      const SweptFunction& function = spec_.sensitivity->function;
      const TemplateValues values{spec_.variants[input].name, function.label, "mixed"};
      VariantSpec variant;
      variant.name = expand_template(stage.name, values);
      variant.mixed = true;
      variant.stage = index;
      variant.input = variant.root = input;
      variant.bits = 0;
      // Folded as for codes, which most tensors become.
      variant.passes = {.fold = {.batchnorm = true, .scale = true, .bias = true}};
      variant.description = expand_template(stage.description, values);
      variant.recorded_description = record_of(stage.recorded_description, variant.description, values);
      if (!stage.size_of.empty()) variant.size_of = find_size_of(stage);
      check_file_name(variant.name, stage.place);
      add(std::move(variant), stage.place);
    }
  }

 private:
  // Mixed variants don't count: their sizes are what is looked for.
  std::size_t find_size_of(const MixedStage& stage) {
    const auto found = by_name_.find(stage.size_of);
    if (found != by_name_.end() && !spec_.variants[found->second].mixed) return found->second;
    std::vector<std::string> known;
    for (const VariantSpec& variant : spec_.variants) {
      if (!variant.mixed) known.push_back(variant.name);
    }
    faults_.add(stage.place, fmt::format("'size_of' must be a loaded model or a variant of a 'quantize' stage; none is "
                                         "called '{}'{}",
                                         stage.size_of, did_you_mean(stage.size_of, known)));
    return 0;
  }

  bool check_file_name(const std::string& name, const Place& place) {
    const std::string problem = file_name_problem(name);
    if (problem.empty()) return true;
    faults_.add(place, "the variant's name '" + shortened(name) + "' can't be a file's name: " + problem);
    return false;
  }

  std::vector<std::size_t> inputs_of(const QuantizeStage& stage) const {
    std::vector<std::size_t> inputs;
    for (std::size_t i = 0; i < loaded_; ++i) {
      const bool named =
          std::find(stage.inputs.begin(), stage.inputs.end(), spec_.variants[i].name) != stage.inputs.end();
      if (stage.inputs.empty() || named) inputs.push_back(i);
    }
    for (const std::string& name : stage.inputs) {
      const auto made = made_by_.find(name);
      if (made != made_by_.end()) inputs.insert(inputs.end(), made->second.begin(), made->second.end());
    }
    return inputs;
  }

  // Some widths are for packages alone.
  bool is_offered(const SweptFunction& swept, int bits, std::size_t input) {
    const plugins::QuantizerPlugin& plugin = registry_.quantizer(swept.function.name);
    const VariantSpec& root = spec_.variants[spec_.variants[input].root];
    if (bits == 0 || plugin.offers(bits, formats::holds_package(spec_.model_of(root).file.path))) return true;
    spec_.notices.push_back(fmt::format("{} does not offer {} bits for {}: left out of the sweep", swept.label, bits,
                                        spec_.variants[input].name));
    return false;
  }

  // What a format can't store is left out. Models are opened only where that can be.
  bool is_storable(const QuantizeStage& stage, const SweptFunction& swept, int bits, const quantization::Layout& layout,
                   std::size_t input) {
    const VariantSpec& root = spec_.variants[spec_.variants[input].root];
    const std::filesystem::path& path = spec_.model_of(root).file.path;
    quantization::Layout plain;
    if (layout.granularity == weights::Granularity{}) plain.granularity = layout.granularity;
    const bool has_all_widths = !formats::holds_package(path) || bits == 0 || bits == 4 || bits >= 8;
    if (has_all_widths && layout == plain) return true;
    const std::string reason = limits_.reason_against(path, stage, swept, bits, layout);
    if (reason.empty()) return true;
    const std::string words = quantization::to_text(layout);
    reason_ = fmt::format("{}{}{}: {}", swept.label, bits == 0 ? "" : fmt::format(" at {} bits", bits),
                          words.empty() ? "" : ", " + words, reason);
    spec_.notices.push_back(fmt::format("{}: left out of the sweep for {}", reason_, spec_.variants[input].name));
    return false;
  }

  void add_quantized(std::size_t stage_index, std::size_t item, std::size_t input, int bits,
                     const quantization::Layout& layout, formats::Compaction compaction) {
    const QuantizeStage& stage = spec_.quantizes[stage_index];
    const SweptFunction& swept = stage.functions[item];
    const TemplateValues values =
        with_layout({spec_.variants[input].name, swept.label, bits_text(bits), preprocessing_text(compaction)}, layout);
    VariantSpec variant;
    variant.name = expand_template(stage.name, values);
    variant.stage = stage_index;
    variant.item = item;
    variant.input = input;
    variant.root = spec_.variants[input].root;
    variant.bits = bits;
    variant.layout = layout;
    variant.passes = {.fold = stage.fold.at(bits), .compaction = compaction};
    variant.description = expand_template(stage.description, values);
    variant.recorded_description = record_of(stage.recorded_description, variant.description, values);
    if (!check_file_name(variant.name, stage.place)) variant.name = shortened(variant.name);
    add(std::move(variant), stage.place);
  }

  void add(VariantSpec variant, const Place& place) {
    const auto [same, fresh] = by_name_.emplace(variant.name, spec_.variants.size());
    if (!fresh && clashes_++ == 0) {  // one clash of a template makes many; the first says it
      faults_.add(place, "two variants would be called '" + variant.name + "'; " +
                             missing_placeholder(spec_, spec_.variants[same->second], variant));
    }
    spec_.variants.push_back(std::move(variant));
  }

  PipelineSpec& spec_;
  plugins::Registry& registry_;
  Diagnostics& faults_;
  FormatLimits limits_;
  std::string reason_;  // why the last variant was left out
  std::size_t loaded_ = 0;
  std::size_t clashes_ = 0;
  std::map<std::string, std::size_t> by_name_;
  std::map<std::string, std::vector<std::size_t>> made_by_;  // by the id of the stage
};

void choose_baselines(PipelineSpec& spec) {
  const auto named = [&](const VariantSpec& v) { return v.loaded && v.name == spec.evaluate->baseline; };
  for (VariantSpec& variant : spec.variants) {
    variant.baseline = variant.root;
    if (!spec.evaluate) continue;
    if (!spec.evaluate->baseline.empty()) {
      const auto found = std::find_if(spec.variants.begin(), spec.variants.end(), named);
      variant.baseline = static_cast<std::size_t>(found - spec.variants.begin());
    } else if (spec.quantizes.empty() && spec.mixes.empty()) {
      const auto same_dataset = [&](const VariantSpec& other) {
        return spec.dataset_of(other) == spec.dataset_of(variant);
      };
      const auto found = std::find_if(spec.variants.begin(), spec.variants.end(), same_dataset);
      variant.baseline = static_cast<std::size_t>(found - spec.variants.begin());
    }
  }
}

}  // namespace

void name_variants(StageContext& context) {
  VariantNamer namer(context);
  namer.add_loaded();
  for (std::size_t stage = 0; stage < context.spec.quantizes.size(); ++stage) namer.add_stage(stage);
  for (std::size_t stage = 0; stage < context.spec.mixes.size(); ++stage) namer.add_mixed(stage);
  choose_baselines(context.spec);
}

}  // namespace goldilocks::pipeline
