// Deflating a model takes longer than all else that is done after the tasks, so what depends on its content alone is an
// artifact of its own, found again by the content's hash. The archive's size also depends on the model's name, which
// comes in at the end.
#include "core/pipeline/results/costs.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "core/base/zip_size.hpp"
#include "core/formats/model_files.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/results/model_path.hpp"

namespace goldilocks::pipeline {
namespace {

// Raise it when the code here changes what it finds.
constexpr std::int64_t cost_revision = 2;

struct ContentCost {
  std::vector<ZipMember> members;  // by their names in a folder; "" for a single file
  std::uint64_t weights = 0;
  std::uint64_t preprocessing = 0;
};

std::string key_of(const std::string& sha256) {
  return Hasher().add("cost").add(cost_revision).add(deflate_version()).add(sha256).finish();
}

ContentCost cost_of(const std::filesystem::path& path) {
  const model::ModelSummary summary = formats::open(path)->summary();
  ContentCost cost{{}, summary.weight_bytes, summary.preprocessing_bytes};
  for (const std::filesystem::path& name : formats::files_of(path)) {
    const MappedFile content(name.empty() ? path : path / name);
    cost.members.push_back({name.string(), deflated_size(content.bytes())});
  }
  return cost;
}

ContentCost known_cost_of(const std::filesystem::path& file, const std::string& sha256, store::Store& store) {
  const std::string key = key_of(sha256);
  if (const auto artifact = store.find(key)) {
    const auto json = nlohmann::json::parse(read_file(artifact->file));
    ContentCost cost{{}, json.at("weights"), json.at("preprocessing")};
    for (const auto& member : json.at("members")) cost.members.push_back({member.at(0), member.at(1)});
    return cost;
  }
  const ContentCost cost = cost_of(file);
  auto members = nlohmann::ordered_json::array();
  for (const ZipMember& member : cost.members) members.push_back({member.name, member.deflated});
  const nlohmann::ordered_json json = {
      {"members", std::move(members)}, {"weights", cost.weights}, {"preprocessing", cost.preprocessing}};
  try {
    store.put(key, json.dump(), "");
  } catch (const FileError& error) {
    spdlog::warn("what a file costs can't be kept, and will be computed again: {}", error.what());
  }
  return cost;
}

void add_part(goldilocks::Cost& cost, const char* name, std::uint64_t bytes) {
  goldilocks::Part& part = *cost.add_parts();
  part.set_name(name);
  part.set_bytes(bytes);
}

}  // namespace

void add_costs(goldilocks::Results& results, const PipelineSpec& spec, const Plan& plan,
               const std::vector<TaskResult>& tasks, store::Store& store, ThreadPool& pool) {
  pool.parallel_for(spec.variants.size(), [&](std::size_t i) {
    goldilocks::Variant& variant = *results.mutable_variants(static_cast<int>(i));
    if (variant.file().empty()) return;
    ContentCost content = known_cost_of(model_path(spec, plan, tasks, i).value(), variant.sha256(), store);
    for (ZipMember& member : content.members) {
      member.name = variant.file() + (member.name.empty() ? "" : "/" + member.name);
    }
    goldilocks::Cost& cost = *variant.mutable_cost();
    cost.set_zip_bytes(zip_archive_size(content.members));
    // A writer may have left out what the canonical form has, so the rest is what is left of the file.
    const std::uint64_t weights = std::min<std::uint64_t>(content.weights, variant.size_bytes());
    const std::uint64_t preprocessing = std::min<std::uint64_t>(content.preprocessing, variant.size_bytes() - weights);
    add_part(cost, "weights", weights);
    add_part(cost, "preprocessing", preprocessing);
    add_part(cost, "rest", variant.size_bytes() - weights - preprocessing);
  });
}

}  // namespace goldilocks::pipeline
