#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/formats/model_summary.hpp"

namespace goldilocks::formats {

// A constant of a program that an operation reads: stored as it is, or made by constexpr operations from what is
// stored.
struct ProgramWeight {
  std::string operation;  // its name: that of the const, or of the last constexpr operation
  std::vector<std::string>
      readers;           // the operations that read it: "conv 'conv1'", ...; "output" for the function's own
  std::string encoding;  // "fp16", "table of 4 bits", "linear int8, blocks", "sparse, fp16", ...
  std::string element;   // the type of what is read
  std::vector<std::int64_t> shape;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  // that are stored for it
  std::string shared_with;  // the weight, in the words "function: operation", whose bytes these are; "" where its own
  std::optional<double> sparsity;         // the share of zeros
  std::optional<std::uint64_t> distinct;  // the number of different values
  std::string digest;                     // SHA-256 of the values; "" where it wasn't asked for
};

struct ProgramFunction {
  std::string name;
  std::string opset;
  std::vector<model::FeatureSummary> inputs, outputs, states;
  std::vector<std::pair<std::string, int>> operations;  // by kind, most frequent first, then by name
  int operation_count = 0;
  std::vector<ProgramWeight> weights;  // in the program's order; those of 10 elements and more
};

struct ProgramFile {
  std::string path;  // in the package
  std::uint64_t bytes = 0;
};

// What `inspect` shows of an ML Program.
struct ProgramSummary {
  int specification_version = 0;
  int required_version = 0;   // the least that its features, functions and operations need
  std::string first_systems;  // that load it as it is: "iOS 16 and macOS 13"
  std::string description, author, license, version;
  std::map<std::string, std::string> user_defined;
  std::string default_function;
  std::vector<ProgramFunction> functions;
  std::uint64_t parameters = 0;  // elements of all weights, those that are stored once counted once
  std::vector<ProgramFile> files;
  std::uint64_t total_bytes = 0;                           // of all files
  std::map<std::string, std::uint64_t> bytes_by_encoding;  // of weights, each stored byte once
  std::map<std::string, std::uint64_t> bytes_by_reader;    // the same by the kind of operation that reads them first
  std::uint64_t weight_bytes = 0;                          // their sum
  std::uint64_t other_bytes = 0;                           // of the files: structure, small constants, gaps
};

struct SummaryOptions {
  bool statistics = true;  // sparsity and distinct values, for which every weight is decompressed
  bool digests = false;
};

// The summary of an ML Program in a package, a zipped one or a .mlmodel; nothing if the model is of another type.
// Throws as validate_program() does, and ModelError with the first finding if the program isn't valid.
std::optional<ProgramSummary> summarize_program(const std::filesystem::path& path, const SummaryOptions& options = {});

}  // namespace goldilocks::formats
