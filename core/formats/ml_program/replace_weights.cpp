#include "core/formats/ml_program/replace_weights.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/ml_program/constant_operations.hpp"
#include "core/formats/ml_program/stored_constant.hpp"

namespace goldilocks::ml_program {
namespace {

using Replacements = std::unordered_map<const Operation*, WeightValues*>;

template <class Visit>
void for_each_block(const Block& block, const Visit& visit) {
  visit(block);
  for (const Operation& operation : block.operations) {
    for (const Block& inner : operation.blocks) for_each_block(inner, visit);
  }
}

// A compressed constant in the form before iOS 18, which later sets of operations don't have.
bool has_older_form(const Operation& operation) {
  const bool has_forms = operation.type == "constexpr_lut_to_dense" || operation.type == "constexpr_sparse_to_dense" ||
                         operation.type == "constexpr_cast";
  return has_forms && operation.inputs.empty();
}

std::string_view first_file(const Operation& operation) {
  for (const Attribute& attribute : operation.attributes) {
    if (attribute.value != nullptr && attribute.value->blob) return attribute.value->blob->file;
  }
  return "@model_path/weights/weight.bin";
}

// One function with other constants.
class FunctionEditor {
 public:
  FunctionEditor(const Function& function, const Replacements& replacements, Opset opset)
      : function_(&function), replacements_(&replacements), opset_(opset) {}

  Function edited() {
    Function result = *function_;
    const Block* body = function_->body();
    for_each_block(*body, [&](const Block& block) { note_names(block); });
    const Constants* around = nullptr;
    Block block = edited(*body, around);
    for (Specialization& specialization : result.specializations) {
      if (specialization.opset != result.opset) continue;
      specialization.block = std::move(block);
      specialization.opset = name(opset_);
      break;
    }
    result.opset = name(opset_);
    std::ranges::sort(result.specializations, {}, &Specialization::opset);
    return result;
  }

 private:
  bool is_raised() const {
    const auto own = opset_named(function_->opset);
    return own && *own < Opset::ios18 && opset_ >= Opset::ios18;
  }

  void note_names(const Block& block) {
    for (const NamedType& input : block.inputs) names_.insert(input.name);
    for (const Operation& operation : block.operations) {
      for (const NamedType& output : operation.outputs) names_.insert(output.name);
    }
  }

  std::string fresh(std::string_view wish) {
    std::string candidate(wish);
    for (int i = 1; !names_.insert(candidate).second; ++i) candidate = fmt::format("{}_{}", wish, i);
    return candidate;
  }

  Block edited(const Block& block, const Constants* around) {
    const Constants constants(block, around);
    std::map<const Operation*, WeightValues*> replaced;
    for (const Operation& operation : block.operations) {
      if (WeightValues* values = values_for(operation, constants)) replaced.emplace(&operation, values);
    }
    const std::unordered_set<const Operation*> gone = operations_without_use(block, replaced);
    Block result = block;
    result.operations.clear();
    for (const Operation& operation : block.operations) {
      if (gone.contains(&operation)) continue;
      const auto found = replaced.find(&operation);
      if (found == replaced.end()) {
        result.operations.push_back(operation);
        std::vector<Block>& blocks = result.operations.back().blocks;
        for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] = edited(operation.blocks[i], &constants);
        continue;
      }
      const Attribute* name = find_attribute(operation, "name");
      const ConstantPlace place{.output = operation.outputs[0].name,
                                .name = name == nullptr ? nullptr : name->value,
                                .opset = opset_,
                                .fresh_name = [this](std::string_view wish) { return fresh(wish); }};
      for (Operation& made : constant_operations(*found->second, place)) result.operations.push_back(std::move(made));
    }
    return result;
  }

  // What the constant is to hold, or null if it stays.
  WeightValues* values_for(const Operation& operation, const Constants& constants) {
    const auto found = replacements_->find(&operation);
    if (found != replacements_->end()) return found->second;
    if (!is_raised() || !has_older_form(operation)) return nullptr;
    const Type& type = operation.outputs.at(0).type;
    auto stored = stored_constant({.operation = &operation}, constants);
    if (!stored) {
      throw ModelError(fmt::format("function '{}': operation '{}' ({}) can't be written in the form of {}",
                                   function_->name, name_of(operation), operation.type, systems_of(opset_)));
    }
    return &own_values_.emplace_back(*std::move(stored), type.element, std::string(first_file(operation)));
  }

  // Constants that fed the replaced ones, and nothing else.
  static std::unordered_set<const Operation*> operations_without_use(
      const Block& block, const std::map<const Operation*, WeightValues*>& replaced) {
    std::unordered_map<std::string_view, int> uses;
    std::unordered_map<std::string_view, const Operation*> makers;
    for (const std::string& output : block.outputs) ++uses[output];
    for_each_block(block, [&](const Block& inner) {
      for (const Operation& operation : inner.operations) {
        for (const Argument& argument : operation.inputs) {
          for (const Binding& binding : argument.bindings) ++uses[binding.name];
        }
      }
    });
    for (const Operation& operation : block.operations) {
      if (!is_constant(operation)) continue;
      for (const NamedType& output : operation.outputs) makers.emplace(output.name, &operation);
    }
    std::unordered_set<const Operation*> gone;
    std::deque<const Operation*> ended;
    for (const auto& [operation, values] : replaced) ended.push_back(operation);
    while (!ended.empty()) {
      const Operation& operation = *ended.front();
      ended.pop_front();
      for (const Argument& argument : operation.inputs) {
        for (const Binding& binding : argument.bindings) {
          const auto maker = makers.find(binding.name);
          if (binding.value != nullptr || maker == makers.end()) continue;
          --uses[binding.name];
          const auto is_unused = [&](const NamedType& output) { return uses[output.name] == 0; };
          if (std::ranges::all_of(maker->second->outputs, is_unused) && gone.insert(maker->second).second) {
            ended.push_back(maker->second);
          }
        }
      }
    }
    return gone;
  }

  const Function* function_;
  const Replacements* replacements_;
  Opset opset_;
  std::set<std::string, std::less<>> names_;
  std::deque<WeightValues> own_values_;
};

}  // namespace

Program with_weights(const ProgramWeights& weights, std::span<const WeightContent> contents, Opset ceiling) {
  std::deque<WeightValues> values;
  Replacements replacements;
  std::unordered_map<const Operation*, Opset> needed;
  for (const WeightContent& content : contents) {
    const weights::Weight& weight = weights.weights()[content.weight];
    const ProgramWeight& detail = weights[content.weight];
    const auto opset = opset_for(content.stored.encoding, weight.shape, detail.element);
    if (!opset || *opset > ceiling) {
      throw ModelError(weight.place,
                       fmt::format("{} {}", weights::to_text(content.stored.encoding),
                                   opset ? fmt::format("came with {}", systems_of(*opset)) : "can't be stored"));
    }
    WeightValues& shared = values.emplace_back(content.stored, detail.element, detail.file);
    for (const ProgramWeight::Place& place : detail.places) {
      replacements.emplace(place.operation, &shared);
      needed.emplace(place.operation, *opset);
    }
  }
  Program result = weights.program();
  const std::vector<Function>& functions = weights.program().functions;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const auto own = opset_named(functions[i].opset);
    if (!own || functions[i].body() == nullptr) continue;
    Opset opset = *own;
    bool changes = false;
    for_each_block(*functions[i].body(), [&](const Block& block) {
      for (const Operation& operation : block.operations) {
        const auto found = needed.find(&operation);
        if (found == needed.end()) continue;
        changes = true;
        opset = std::max(opset, found->second);
      }
    });
    if (changes) result.functions[i] = FunctionEditor(functions[i], replacements, opset).edited();
  }
  return result;
}

}  // namespace goldilocks::ml_program
