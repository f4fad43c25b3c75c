#include "core/formats/ml_program/bind_parameters.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace goldilocks::ml_program {
namespace {

using Kind = Parameter::Kind;

constexpr std::string_view parameter_rule = "program.parameter";

std::string words(TypeSet types) {
  std::string text;
  for (unsigned i = 0; i < 32; ++i) {
    const auto type = static_cast<ElementType>(i);
    if (i > static_cast<unsigned>(ElementType::uint64) || !contains(types, type)) continue;
    if (!text.empty()) text += ", ";
    text += name(type);
  }
  return text;
}

class Binder {
 public:
  Binder(const OperationRow& row, const Operation& operation, const Names& names, const Report& report)
      : row_(&row), operation_(&operation), names_(&names), report_(&report) {}

  void bind_inputs() {
    for (const Argument& argument : operation_->inputs) {
      const Parameter* parameter = find(argument.parameter);
      if (parameter == nullptr) continue;
      BoundParameter bound{parameter, {}};
      for (const Binding& binding : argument.bindings) bound.bindings.push_back(known(binding, argument.parameter));
      add(std::move(bound));
    }
  }

  // `name` belongs to every operation.
  void bind_attributes() {
    for (const Attribute& attribute : operation_->attributes) {
      if (attribute.name == "name") continue;
      const Parameter* parameter = find(attribute.name);
      if (parameter == nullptr) continue;
      Known value{.value = attribute.value.get(), .constant = true};
      if (attribute.value != nullptr) value.type = &attribute.value->type;
      add({.parameter = parameter, .bindings = {value}});
    }
  }

  void require_all() {
    for (const Parameter& parameter : row_->parameters) {
      const bool given = std::ranges::find(seen_, &parameter) != seen_.end();
      // A list of nothing is written as no parameter at all.
      const bool may_miss = !parameter.required || parameter.kind == Kind::tensors || parameter.kind == Kind::values;
      require(given || may_miss, "the parameter {} is missing", parameter.name);
    }
  }

  std::optional<std::vector<BoundParameter>> finish() {
    return sound_ ? std::optional(std::move(bound_)) : std::nullopt;
  }

 private:
  template <class... Args>
  bool require(bool holds, fmt::format_string<Args...> problem, Args&&... args) {
    if (!report_->require(holds, parameter_rule, problem, std::forward<Args>(args)...)) sound_ = false;
    return holds;
  }

  const Parameter* find(std::string_view name) {
    const Parameter* parameter = row_->parameter(name);
    require(parameter != nullptr, "{} has no parameter {}", row_->name, name);
    return parameter;
  }

  // Without a type where it could not be read or found; that is reported already, or is here.
  Known known(const Binding& binding, std::string_view parameter) {
    if (binding.value != nullptr) return {.type = &binding.value->type, .value = binding.value.get(), .constant = true};
    if (binding.name.empty()) return {};
    const Definition* definition = names_->find(binding.name);
    if (definition == nullptr) {
      sound_ = false;
      report_->add("program.ssa", "{}: no value '{}' is defined before and can be seen here", parameter, binding.name);
      return {};
    }
    return {.type = &definition->type, .value = definition->value, .constant = definition->constant};
  }

  void add(BoundParameter bound) {
    const Parameter& parameter = *bound.parameter;
    seen_.push_back(&parameter);
    if (parameter.kind != Kind::tensors && parameter.kind != Kind::values) {
      if (!require(bound.bindings.size() == 1, "{} has {} bindings, and needs one", parameter.name,
                   bound.bindings.size())) {
        return;
      }
    }
    for (const Known& known : bound.bindings) check_type(parameter, known);
    bound_.push_back(std::move(bound));
  }

  void check_type(const Parameter& parameter, const Known& known) {
    if (known.type == nullptr || known.type->kind == Type::Kind::none) {
      sound_ = false;
      return;
    }
    const Type& type = *known.type;
    const std::string_view name = parameter.name;
    switch (parameter.kind) {
      case Kind::tensor:
      case Kind::tensors:
        if (require(type.is_tensor(), "{} must be a tensor, not {}", name, text(type))) check_element(parameter, type);
        break;
      case Kind::list:
        require(type.kind == Type::Kind::list, "{} must be a list, not {}", name, text(type));
        break;
      case Kind::state:
        require(type.kind == Type::Kind::state, "{} must be a state, not {}", name, text(type));
        break;
      case Kind::value:
      case Kind::values:
        break;
    }
    require(known.constant || !parameter.constant, "{} must be a constant", name);
  }

  void check_element(const Parameter& parameter, const Type& type) {
    if (parameter.letter == 0) {
      require(contains(parameter.types, type.element), "{} is {}, and must be {}", parameter.name,
              ml_program::name(type.element), words(parameter.types));
      return;
    }
    for (const Domain& domain : row_->domains) {
      if (domain.letter != parameter.letter) continue;
      if (!require(contains(domain.types, type.element), "{} is {}, and must be one of {}", parameter.name,
                   ml_program::name(type.element), words(domain.types))) {
        return;
      }
    }
    Shared& shared = shared_.at(static_cast<std::size_t>(parameter.letter - 'A'));
    if (shared.parameter == nullptr) shared = {&parameter, type.element};
    require(shared.element == type.element, "{} is {}, and {} is {}: they must be of one type", parameter.name,
            ml_program::name(type.element), shared.parameter->name, ml_program::name(shared.element));
  }

  struct Shared {
    const Parameter* parameter = nullptr;
    ElementType element{};
  };

  const OperationRow* row_;
  const Operation* operation_;
  const Names* names_;
  const Report* report_;
  std::vector<BoundParameter> bound_;
  std::vector<const Parameter*> seen_;  // bound, be it rightly or not
  std::array<Shared, 26> shared_;       // by letter
  bool sound_ = true;
};

// The attribute form's place. constexpr_affine_dequantize alone is still defined where the others have changed.
bool has_attribute_form(const OperationRow& row, Opset opset, const Operation& operation) {
  if (!row.name.starts_with("constexpr_") || row.since >= Opset::ios18) return false;
  return opset < Opset::ios18 || operation.inputs.empty();
}

}  // namespace

std::optional<std::vector<BoundParameter>> bind_parameters(const OperationRow& row, Opset opset,
                                                           const Operation& operation, const Names& names,
                                                           const Report& report) {
  Binder binder(row, operation, names, report);
  if (has_attribute_form(row, opset, operation)) {
    binder.bind_attributes();
    if (!operation.inputs.empty()) {
      report.add(parameter_rule, "the parameters of {} are attributes in {}, not inputs", row.name, name(opset));
      return std::nullopt;
    }
  } else {
    binder.bind_inputs();
  }
  binder.require_all();
  return binder.finish();
}

}  // namespace goldilocks::ml_program
