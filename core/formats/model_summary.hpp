#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace goldilocks::model {

struct FeatureSummary {
  std::string name;
  std::string type;  // "image BGR 227 x 227", "array float32 [3, 10]", "dictionary of string", "string", ...
  bool optional = false;
};

struct WeightSummary {
  std::string model;  // the place inside a pipeline, "" outside
  std::string layer;
  std::string layer_type;
  std::string parameter;
  std::string form;  // see form_name()
  std::vector<std::int64_t> shape;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

// What `inspect` shows: what a model is, and where its bytes go.
struct ModelSummary {
  std::string type;
  int specification_version = 0;
  std::string description, author, license, version;
  std::map<std::string, std::string> user_defined;
  std::vector<FeatureSummary> inputs, outputs;
  std::vector<std::pair<std::string, int>> layer_counts;  // by type, most frequent first, then by name
  int layers = 0;
  std::uint64_t parameters = 0;
  std::uint64_t total_bytes = 0;  // of the serialized model
  std::uint64_t weight_bytes = 0;
  std::uint64_t preprocessing_bytes = 0;
  std::uint64_t other_bytes = 0;  // total less the two: structure, names, labels, metadata
  std::map<std::string, std::uint64_t> bytes_by_form;
  std::vector<WeightSummary> weights;  // in file order
};

}  // namespace goldilocks::model
