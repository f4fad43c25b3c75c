#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/ml_program/program.hpp"
#include "core/graph/graph_builder.hpp"

namespace goldilocks::ml_program {

// How values are computed that the program declares as float16. All are float32 in the graph.
enum class Precision : std::uint8_t {
  as_typed,  // each result is rounded to float16 where the program says so
  float32,   // only casts, outputs and states round
};

struct LoweringOptions {
  Precision precision = Precision::float32;
  std::map<std::string, Shape, std::less<>> sizes;  // of inputs whose types leave sizes open
  std::uint64_t iterations = 1'000'000;             // a loop that goes on after as many fails
};

// A value of the function's border, and the type that the program gives it.
struct ProgramPort {
  std::string name;
  Type type;
  std::uint32_t value = 0;
};

// A state: what it holds before a run is an input of the graph, what it holds afterwards an output.
struct ProgramState {
  std::string name;
  Type type;
  std::uint32_t before = 0;
  std::uint32_t after = 0;
};

// What `classify` asks for: the host tells the label and the dictionary from the probabilities.
struct ProgramClassifier {
  std::uint32_t probabilities = 0;
  const Value* classes = nullptr;  // a list of texts or int64
  std::string label, dictionary;   // the outputs' names
};

// A function as a graph. Its inputs are the function's, then its states; its outputs are the function's but for those
// of a classifier, then its states.
struct LoweredProgram {
  lowering::GraphBuilder graph;
  std::vector<ProgramPort> inputs;
  std::vector<ProgramPort> outputs;
  std::vector<ProgramState> states;
  std::unique_ptr<ProgramClassifier> classifier;
};

// The program must be one that check_program() has found nothing wrong with; the graph points into its constants.
// Throws ModelError that names function and operation: for sizes that don't fit, and for what can't be run.
std::unique_ptr<LoweredProgram> lower_function(const Program& program, std::string_view function,
                                               const LoweringOptions& options);

}  // namespace goldilocks::ml_program
