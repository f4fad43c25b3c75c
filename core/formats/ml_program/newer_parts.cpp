#include "core/formats/ml_program/newer_parts.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "core/formats/ml_program/operations/table.hpp"

namespace goldilocks::ml_program {
namespace {

namespace mil = spec::MILSpec;

template <class Visit>
void for_each_operation(const mil::Block& block, const Visit& visit) {
  for (const mil::Operation& operation : block.operations()) {
    visit(operation);
    for (const mil::Block& inner : operation.blocks()) for_each_operation(inner, visit);
  }
}

// Calls visit(operation) for all of the block that runs.
template <class Visit>
void for_each_operation(const mil::Function& function, const Visit& visit) {
  const auto body = function.block_specializations().find(function.opset());
  if (body != function.block_specializations().end()) for_each_operation(body->second, visit);
}

int version_of(const mil::Operation& operation) {
  const OperationRow* row = first_definition(operation.type());
  return row == nullptr ? 0 : specification_version(row->since);
}

struct Later {
  std::string first;  // the name of the first of its kind
  int count = 0;
};

void report_function(std::string_view name, const mil::Function& function, int version, Report& report) {
  const auto place = report.in_function(name);
  const auto opset = opset_named(function.opset());
  if (opset && specification_version(*opset) > version) {
    report.add("version.opset", "its set of operations, {}, came with {}", function.opset(), systems_of(*opset));
  }
  std::map<std::string, Later> kinds;
  for_each_operation(function, [&](const mil::Operation& operation) {
    if (version_of(operation) <= version) return;
    Later& later = kinds[operation.type()];
    if (later.count++ == 0 && !operation.outputs().empty()) later.first = operation.outputs(0).name();
  });
  for (const auto& [type, later] : kinds) {
    const auto inner = report.in_operation(later.first, type, 0);
    report.add("version.operation", "{} came with {}{}", type, systems_of(first_definition(type)->since),
               later.count == 1 ? "" : fmt::format(" ({} operations)", later.count));
  }
}

}  // namespace

void report_newer_parts(const mil::Program& program, int specification_version, Report& report) {
  std::map<std::string_view, const mil::Function*> ordered;
  for (const auto& [name, function] : program.functions()) ordered.emplace(name, &function);
  for (const auto& [name, function] : ordered) report_function(name, *function, specification_version, report);
}

int required_version(const mil::Program& program) {
  int version = specification_version(Opset::ios15);
  for (const auto& [name, function] : program.functions()) {
    const auto opset = opset_named(function.opset());
    if (opset) version = std::max(version, specification_version(*opset));
    for_each_operation(function,
                       [&](const mil::Operation& operation) { version = std::max(version, version_of(operation)); });
  }
  return version;
}

}  // namespace goldilocks::ml_program
