#include "core/pipeline/plan/plan_tensors.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "core/base/error.hpp"

namespace goldilocks::pipeline {
namespace {

// Faults of one rule beyond these are counted, not listed.
constexpr std::size_t listed_faults = 4;

using weights::Kind;
using weights::Weight;

// None: codes, or what the function chooses.
Kind kind_of_width(int bits) {
  if (bits == 16) return Kind::float16;
  return bits > 16 ? Kind::float32 : Kind::none;
}

// `may_be_floats`: where its codes turn out to be no smaller.
std::string text_of_width(int bits, const std::string& function, bool may_be_floats) {
  if (bits == 0) return "as " + function + " chooses";
  if (bits == 16) return "float16";
  return bits > 16 ? "float32" : fmt::format("{} bit{}", bits, may_be_floats ? ", or floats if smaller" : "");
}

// What a function's codes come with is known when they are made: a scale and a bias for each channel, or a table.
bool may_be_floats(const Weight& weight, int bits) {
  const std::uint64_t table = std::uint64_t{4} << static_cast<unsigned>(bits);
  const std::int64_t channels = weight.axes.output < 0 ? 1 : weight.shape[static_cast<std::size_t>(weight.axes.output)];
  const std::uint64_t scales = 8 * static_cast<std::uint64_t>(std::max<std::int64_t>(channels, 1));
  const std::uint64_t codes = (weight.count * static_cast<std::uint64_t>(bits) + 7) / 8;
  constexpr std::uint64_t headers = 32;
  return codes + std::max(table, scales) + headers >= 2 * weight.count;
}

// Why the format has no place for this width, or "".
std::string refusal(const Weight& weight, int bits) {
  if (bits == 16) return weight.accepted.refusal({.kind = Kind::float16, .bits = 16});
  const bool codes = std::ranges::any_of(
      weight.accepted.kinds, [](const weights::AcceptedKind& accepted) { return weights::is_coded(accepted.kind); });
  if (bits >= 1 && bits <= 8 && !codes) return weight.accepted.refusal({.kind = Kind::table, .bits = bits});
  return "";
}

class TensorPlanMaker {
 public:
  TensorPlanMaker(const QuantizeRequest& request, int bits) : request_(request), bits_(bits) {
    plans_.matched.resize(request.rules.size(), false);
  }

  void add(const PlannedWeight& tensor) {
    for (std::size_t i = 0; i < request_.rules.size(); ++i) {
      if (matches(request_.rules[i].match, tensor.weight)) plans_.matched[i] = true;
    }
    const quantization::WeightChoice choice = choose_for(request_, tensor.weight);
    const int bits = choice.bits.value_or(bits_);
    TensorPlan plan{.weight = tensor.weight,
                    .kind = tensor.weight.stored.kind,
                    .before = tensor.stored,
                    .after = tensor.stored,
                    .function = "",
                    .note = ""};
    plan.rule = choice.rule;
    plan.note = quantization::reason_to_leave(tensor.weight, request_, choice);
    if (plan.note.empty() && choice.skip) plan.note = fmt::format("skipped by rule {}", choice.rule);
    if (plan.note.empty()) plan.note = refusal(tensor.weight, bits);
    if (plan.note.empty()) {
      plan.kind = kind_of_width(bits);
      const bool is_free = request_.keep == Keep::smaller && !choice.keeps_codes;
      plan.after = text_of_width(bits, choice.plugin->name, is_free && may_be_floats(tensor.weight, bits));
      plan.function = choice.plugin->name;
    }
    if (choice.is_explicit) check(tensor.weight, choice, bits);
    explicit_.push_back(choice.is_explicit && !plan.function.empty());
    plans_.tensors.push_back(std::move(plan));
  }

  TensorPlans take() {
    auto& tensors = plans_.tensors;
    for (std::size_t begin = 0; begin < tensors.size();) {
      std::size_t end = begin;
      while (end < tensors.size() && tensors[end].weight.layer_index == tensors[begin].weight.layer_index) ++end;
      settle(begin, end);
      begin = end;
    }
    return std::move(plans_);
  }

 private:
  void fault(std::uint32_t rule, const Weight& weight, const std::string& text) {
    plans_.faults.push_back(
        {rule - 1, fmt::format("{}: layer '{}' ({}), {}", text, weight.layer, weight.operation, weight.parameter)});
  }

  void check(const Weight& weight, const quantization::WeightChoice& choice, int bits) {
    if (weight.is_unchecked) return;
    const std::string asked = bits == 0 ? choice.plugin->name : fmt::format("{} bits by {}", bits, choice.plugin->name);
    // What a function would choose is coded.
    const int least = bits == 0 && !weight.kept.empty() ? 8 : bits;
    const std::string reason = refusal(weight, least);
    if (!reason.empty()) fault(choice.rule, weight, fmt::format("the rule asks for {}, and {}", asked, reason));
  }

  // The mixture of float16 and float32 that a layer refuses, as the format resolves it.
  void settle(std::size_t begin, std::size_t end) {
    std::vector<std::size_t> singles;
    std::vector<std::size_t> halves;
    bool changed = false;
    bool singles_can_change = true;
    for (std::size_t i = begin; i < end; ++i) {
      const TensorPlan& plan = plans_.tensors[i];
      changed = changed || !plan.function.empty();
      if (!plan.weight.kept.empty()) continue;
      if (plan.kind == Kind::float16) halves.push_back(i);
      if (plan.kind != Kind::float32) continue;
      singles.push_back(i);
      singles_can_change = singles_can_change && plan.weight.accepted.takes(Kind::float16);
    }
    if (!changed || singles.empty() || halves.empty()) return;
    const auto is_explicit = [&](std::size_t i) { return explicit_[i]; };
    const auto single = std::find_if(singles.begin(), singles.end(), is_explicit);
    if (single != singles.end() && std::any_of(halves.begin(), halves.end(), is_explicit)) {
      const TensorPlan& plan = plans_.tensors[*single];
      fault(plan.rule, plan.weight,
            "the rule asks for float32 and another one for float16, which the format doesn't mix within a layer");
    }
    for (const std::size_t i : singles_can_change ? singles : halves) {
      TensorPlan& plan = plans_.tensors[i];
      plan.kind = singles_can_change ? Kind::float16 : Kind::float32;
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

std::vector<PlannedWeight> planned_weights(std::span<const Weight> all) {
  std::vector<PlannedWeight> planned;
  for (const Weight& weight : all) {
    if (weight.stored.kind == Kind::none && weight.stored.bits <= 0) continue;
    std::string stored = weights::to_text(weight.stored);
    planned.push_back({weight, std::move(stored)});
  }
  return planned;
}

TensorPlans plan_tensors(const std::vector<PlannedWeight>& tensors, const QuantizeRequest& request, int bits) {
  TensorPlanMaker maker(request, bits);
  for (const PlannedWeight& tensor : tensors) maker.add(tensor);
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
  std::vector<bool> followed(rules.size(), false);
  std::set<std::string> followed_places;  // what a file of coremltools says at one place may be several rules
  for (const TensorPlans* plan : plans) {
    for (const TensorPlan& tensor : plan->tensors) {
      if (tensor.rule == 0) continue;
      followed.at(tensor.rule - 1) = true;
      followed_places.insert(rules[tensor.rule - 1].place.text());
    }
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (followed[i] || rules[i].place.line == 0) continue;
    if (!followed_places.insert(rules[i].place.text()).second) continue;
    const bool matched = std::ranges::any_of(plans, [&](const TensorPlans* plan) { return plan->matched.at(i); });
    Place place = rules[i].place;
    place.file = place.file.filename();  // the same wherever the pipeline is called from
    notices.push_back(
        fmt::format("{}: rule {} {}", place.text(), i + 1,
                    matched ? "matches only tensors that earlier rules have taken" : "matches no tensor"));
  }
  return notices;
}

}  // namespace goldilocks::pipeline
