#include "core/pipeline/plan/plan_tensors.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/neural_network/exact_constants.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/pipeline/quantization/weight_outcome.hpp"

namespace goldilocks::pipeline {
namespace {

// Faults of one rule beyond these are counted, not listed.
constexpr std::size_t listed_faults = 4;

model::WeightForm form_of_width(int bits) {
  if (bits == 0) return model::form_empty;
  if (bits == 16) return model::form_float16;
  return bits > 16 ? model::form_float32 : model::form_coded;
}

// `may_be_floats`: where its codes turn out to be no smaller.
std::string text_of_width(int bits, const std::string& function, bool may_be_floats) {
  if (bits == 0) return "as " + function + " chooses";
  if (bits == 16) return "float16";
  return bits > 16 ? "float32" : fmt::format("{} bit{}", bits, may_be_floats ? ", or floats if smaller" : "");
}

// What a function's codes come with is known when they are made: a scale and a bias for each channel, or a table.
bool may_be_floats(const WeightFacts& facts, int bits) {
  const std::uint64_t table = std::uint64_t{4} << static_cast<unsigned>(bits);
  const std::uint64_t scales = 8 * facts.channel_count;
  const std::uint64_t codes = (facts.count * static_cast<std::uint64_t>(bits) + 7) / 8;
  constexpr std::uint64_t headers = 32;
  return codes + std::max(table, scales) + headers >= 2 * facts.count;
}

// Why the format has no place for this width, or "".
std::string refusal(const WeightFacts& facts, int bits) {
  if (bits == 16 && !is_accepted(facts, model::form_float16)) return "the format takes only float32 here";
  const bool codes = is_accepted(facts, model::form_coded) || is_accepted(facts, model::form_int8);
  if (bits >= 1 && bits <= 8 && !codes) return "the format takes no codes here";
  return "";
}

class TensorPlanMaker {
 public:
  TensorPlanMaker(const QuantizeRequest& request, int bits) : request_(request), bits_(bits) {
    plans_.matched.resize(request.rules.size(), false);
  }

  void add(const StoredTensor& tensor) {
    for (std::size_t i = 0; i < request_.rules.size(); ++i) {
      if (matches(request_.rules[i].match, tensor.facts)) plans_.matched[i] = true;
    }
    const WeightChoice choice = choose_for(request_, tensor.facts);
    const int bits = choice.bits.value_or(bits_);
    TensorPlan plan{.tensor = tensor, .form = tensor.form, .after = tensor.form_name, .function = "", .note = ""};
    plan.rule = choice.rule;
    plan.note = reason_to_leave(tensor.facts, tensor.form, *choice.plugin, request_.requantize);
    if (plan.note.empty() && choice.skip) plan.note = fmt::format("skipped by rule {}", choice.rule);
    if (plan.note.empty()) plan.note = refusal(tensor.facts, bits);
    if (plan.note.empty()) {
      plan.form = form_of_width(bits);
      const bool is_free = request_.keep == Keep::smaller && !choice.is_explicit;
      plan.after = text_of_width(bits, choice.plugin->name, is_free && may_be_floats(tensor.facts, bits));
      plan.function = choice.plugin->name;
    }
    if (choice.is_explicit) check(tensor.facts, choice, bits);
    explicit_.push_back(choice.is_explicit && !plan.function.empty());
    plans_.tensors.push_back(std::move(plan));
  }

  TensorPlans take() {
    auto& tensors = plans_.tensors;
    for (std::size_t begin = 0; begin < tensors.size();) {
      std::size_t end = begin;
      while (end < tensors.size() && tensors[end].tensor.facts.layer_index == tensors[begin].tensor.facts.layer_index)
        ++end;
      settle(begin, end);
      begin = end;
    }
    return std::move(plans_);
  }

 private:
  void fault(std::uint32_t rule, const WeightFacts& facts, const std::string& text) {
    plans_.faults.push_back(
        {rule - 1, fmt::format("{}: layer '{}' ({}), {}", text, facts.layer, facts.layer_type, facts.parameter)});
  }

  void check(const WeightFacts& facts, const WeightChoice& choice, int bits) {
    if (!facts.enabled || facts.layer_type == "custom") return;
    const std::string asked = bits == 0 ? choice.plugin->name : fmt::format("{} bits by {}", bits, choice.plugin->name);
    if (facts.updatable && bits <= 16) {
      fault(choice.rule, facts,
            fmt::format("the rule asks for {}, and the format takes no compression in an updatable "
                        "layer",
                        asked));
      return;
    }
    const std::string reason = refusal(facts, bits);
    if (!reason.empty()) fault(choice.rule, facts, fmt::format("the rule asks for {}, and {}", asked, reason));
  }

  // The mixture of float16 and float32 that a layer refuses, as settle_layer() resolves it.
  void settle(std::size_t begin, std::size_t end) {
    std::vector<std::size_t> singles;
    std::vector<std::size_t> halves;
    bool changed = false;
    bool singles_can_change = true;
    for (std::size_t i = begin; i < end; ++i) {
      const TensorPlan& plan = plans_.tensors[i];
      const WeightFacts& facts = plan.tensor.facts;
      changed = changed || !plan.function.empty();
      if (!facts.enabled || facts.updatable || facts.layer_type == "custom") continue;
      if (plan.form == model::form_float16) halves.push_back(i);
      if (plan.form != model::form_float32) continue;
      singles.push_back(i);
      singles_can_change = singles_can_change && is_accepted(facts, model::form_float16);
    }
    if (!changed || singles.empty() || halves.empty()) return;
    const auto is_explicit = [&](std::size_t i) { return explicit_[i]; };
    const auto single = std::find_if(singles.begin(), singles.end(), is_explicit);
    if (single != singles.end() && std::any_of(halves.begin(), halves.end(), is_explicit)) {
      const TensorPlan& plan = plans_.tensors[*single];
      fault(plan.rule, plan.tensor.facts,
            "the rule asks for float32 and another one for float16, which the format doesn't mix within a layer");
    }
    for (const std::size_t i : singles_can_change ? singles : halves) {
      TensorPlan& plan = plans_.tensors[i];
      plan.form = singles_can_change ? model::form_float16 : model::form_float32;
      plan.after = singles_can_change ? "float16" : "float32";
      plan.note = plan.after + ", as the format doesn't mix float16 and float32 in one layer";
    }
  }

  const QuantizeRequest& request_;
  int bits_;
  TensorPlans plans_;
  std::vector<bool> explicit_;  // by tensor: a rule says what becomes of it
};

}  // namespace

std::vector<StoredTensor> stored_tensors(coreml::Model& model, const PassOutcome& passes, const std::string& name) {
  const std::map<std::size_t, std::string> exact = model::exact_constants(model);
  std::vector<StoredTensor> tensors;
  for_each_weight_of(model, [&](coreml::NeuralNetworkLayer&, const auto& slot, const WeightFacts& facts) {
    StoredTensor tensor{.facts = facts, .form_name = model::form_name(*slot.params)};
    tensor.facts.of_preprocessing = passes.mean_images.contains(facts.layer);
    if (const auto found = exact.find(facts.layer_index); found != exact.end()) tensor.facts.exact = found->second;
    try {
      tensor.form = model::stored_form(*slot.params);
    } catch (const ModelError& error) {
      throw ModelError(fmt::format("{}: layer '{}', {}: {}", name, facts.layer, facts.parameter, error.what()));
    }
    if (tensor.form != model::form_empty) tensors.push_back(std::move(tensor));
  });
  return tensors;
}

TensorPlans plan_tensors(const std::vector<StoredTensor>& tensors, const QuantizeRequest& request, int bits) {
  TensorPlanMaker maker(request, bits);
  for (const StoredTensor& tensor : tensors) maker.add(tensor);
  return maker.take();
}

void report_faults(Diagnostics& diagnostics, const std::vector<WeightRule>& rules, const TensorPlans& plans,
                   const std::string& model) {
  std::vector<std::size_t> count(rules.size(), 0);
  for (const RuleFault& fault : plans.faults) {
    if (++count.at(fault.rule) <= listed_faults) diagnostics.add(rules[fault.rule].place, fault.text + " of " + model);
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (count[i] <= listed_faults) continue;
    diagnostics.add(rules[i].place, fmt::format("the rule asks for what the format refuses in {} more tensors of {}",
                                                count[i] - listed_faults, model));
  }
}

std::vector<std::string> unused_rules(const std::vector<WeightRule>& rules,
                                      const std::vector<const TensorPlans*>& plans) {
  std::vector<std::string> notices;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    bool matched = false;
    bool followed = false;
    for (const TensorPlans* plan : plans) {
      matched = matched || plan->matched.at(i);
      followed = followed || std::any_of(plan->tensors.begin(), plan->tensors.end(),
                                         [&](const TensorPlan& tensor) { return tensor.rule == i + 1; });
    }
    if (followed) continue;
    Place place = rules[i].place;
    place.file = place.file.filename();  // the same wherever the pipeline is called from
    notices.push_back(
        fmt::format("{}: rule {} {}", place.text(), i + 1,
                    matched ? "matches only tensors that earlier rules have taken" : "matches no tensor"));
  }
  return notices;
}

}  // namespace goldilocks::pipeline
