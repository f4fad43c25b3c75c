#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "core/pipeline/yaml/diagnostics.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

class YamlReader;

// What the readers of the stages share. Each adds to the spec what it could read, and reports the rest.
struct StageContext {
  YamlReader& reader;
  Diagnostics& faults;
  plugins::Registry& registry;
  PipelineSpec& spec;
  Place place{};  // of the stage that is being read
  // What some stage names, though it may not have been readable: nobody needs to hear that it is missing, too.
  bool names_model = false;
  bool names_dataset = false;
  bool names_results = false;

  bool fault(const Place& at, const std::string& message) {
    faults.add(at, message);
    return false;
  }
};

// The entries of a mapping whose keys were checked.
class Fields {
 public:
  const Place& place() const { return place_; }
  // Preconditions: the key is there.
  const Place& place(std::string_view key) const { return entries_.find(key)->second.place; }
  // Null if it isn't there.
  const YAML::Node* find(std::string_view key) const;
  bool has(std::string_view key) const { return entries_.contains(key); }
  bool empty() const { return entries_.empty(); }
  // Whether what stands behind it was read without a fault; also where the key is missing.
  bool understood(std::string_view key) const { return !faulty_.contains(key); }
  bool complete() const { return faulty_.empty(); }

  void add(const std::string& key, const YAML::Node& node, const Place& at);
  void mark_faulty(const std::string& key) { faulty_.insert(key); }
  explicit Fields(Place place) : place_(std::move(place)) {}

 private:
  struct Entry {
    std::shared_ptr<const YAML::Node> node;
    Place place;
  };
  Place place_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::set<std::string, std::less<>> faulty_;
};

enum class Outcome {
  unreadable,  // no mapping, or one without a key that is required
  incomplete,  // something in it is wrong
  complete,
};

// The entries of a mapping with keys of the table and no other, each once, the required ones there.
std::optional<Fields> read_fields(YamlReader& reader, const YAML::Node& node, const Mapping& mapping,
                                  const std::string& what);

// Reads a mapping into the struct that its table fills. `what` names it in messages, in place of the table's own words.
Outcome read_mapping(StageContext& context, const Mapping& mapping, const YAML::Node& node, void* object,
                     const std::string& what = {});
// The same for entries that are known to be keys of the table. `of` follows the keys in messages: " of 'linear'".
bool read_values(StageContext& context, const Mapping& mapping, Fields& fields, void* object,
                 const std::string& of = {});

// Adds the dataset that is described there to the spec, and says its index. The same images, used in the same way,
// are one dataset however often they are named.
bool add_dataset(const Input& input, std::size_t& index);

// Every dataset of the pipeline has this part; "" stands for all samples. Called once all stages are read.
void check_part(StageContext& context, const Place& place, const std::string& stage, const std::string& part);

// Finds reports that write the same file, one of the run's own, or none inside the run's folder. Called once all stages
// are read and the variants are named.
void check_report_files(StageContext& context);

// Names every variant of the sweeps, and finds two of one name. Called once all stages are read.
void name_variants(StageContext& context);

}  // namespace goldilocks::pipeline
