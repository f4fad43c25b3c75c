#include "tests/formats/ml_program/operation_notes.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include <goldilocks/graph/graph.hpp>
#include <gtest/gtest.h>

#include "core/formats/ml_program/lowering/rows.hpp"
#include "core/formats/ml_program/operations/table.hpp"

namespace goldilocks::ml_program {
namespace {

struct OperationNotes {
  int cases = 0;
  std::set<std::string> parts;  // of graphs
};

std::map<std::string, OperationNotes>& notes() {
  static std::map<std::string, OperationNotes> all;
  return all;
}

// The types of the graph's operations by the name of the program's operation that they come from.
void collect_parts(const glk_graph& graph, std::multimap<std::string, std::string>& parts) {
  for (std::uint64_t index = 0; index < graph.operation_count; ++index) {
    const graph::OperationView operation(*graph.operations[index]);
    parts.emplace(operation.layer(), operation.type());
    for (const glk_graph* subgraph : operation.subgraphs()) collect_parts(*subgraph, parts);
  }
}

void note_block(const Block& block, const std::multimap<std::string, std::string>& parts, std::set<std::string>& seen) {
  for (const Operation& operation : block.operations) {
    OperationNotes& noted = notes()[operation.type];
    if (seen.insert(operation.type).second) ++noted.cases;
    auto [part, end] = parts.equal_range(std::string(name_of(operation)));
    for (; part != end; ++part) noted.parts.insert(part->second);
    for (const Block& inner : operation.blocks) note_block(inner, parts, seen);
  }
}

// "iOS 15, iOS 17": the systems whose sets have a new definition of the operation.
std::string systems_of_definitions(std::string_view name) {
  std::string systems;
  for (const OperationRow& row : all_operations()) {
    if (row.name != name) continue;
    const std::string_view both = systems_of(row.since);
    systems += (systems.empty() ? "" : ", ") + std::string(both.substr(0, both.find(" and ")));
  }
  return systems;
}

class WriteNotesAtTheEnd final : public ::testing::Environment {
 public:
  void TearDown() override {
    const char* file = std::getenv("GOLDILOCKS_OPERATION_CASES");
    if (file == nullptr || notes().empty()) return;
    std::ofstream lines(file);
    std::set<std::string_view> written;
    for (const OperationRow& row : all_operations()) {
      if (!written.insert(row.name).second) continue;
      const OperationNotes& noted = notes()[std::string(row.name)];
      lines << row.name << '\t' << systems_of_definitions(row.name) << '\t' << noted.cases << '\t'
            << (find_lowering(row.name) == nullptr ? "constant" : "runs") << '\t';
      for (const std::string& part : noted.parts) lines << part << ' ';
      lines << '\n';
    }
  }
};

const ::testing::Environment* const notes_writer = ::testing::AddGlobalTestEnvironment(new WriteNotesAtTheEnd);

}  // namespace

void note_operations(const Program& program, std::string_view function, const glk_graph& graph) {
  std::multimap<std::string, std::string> parts;
  collect_parts(graph, parts);
  std::set<std::string> seen;
  note_block(*program.function(function)->body(), parts, seen);
}

}  // namespace goldilocks::ml_program
