// What is written into the model is what somebody needs who has the file alone: how it was made, of what, and how good
// it is. The manifest has the rest, and the hash of the file before its metadata was written, which is the variant's in
// the results.
#include "core/pipeline/release/publish.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/formats/model_files.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/release/release_folder.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/store/verified_content.hpp"

namespace goldilocks::pipeline {
namespace {

using Json = nlohmann::ordered_json;

// Of the samples that are answered otherwise; all of them are in the run's results.
constexpr std::ptrdiff_t listed_differences = 3;

const goldilocks::Variant* variant_named(const goldilocks::Results& results, const std::string& name) {
  const auto found = std::find_if(results.variants().begin(), results.variants().end(),
                                  [&](const goldilocks::Variant& variant) { return variant.name() == name; });
  return found == results.variants().end() ? nullptr : &*found;
}

// The loaded model at the beginning of the chain.
const goldilocks::Variant& source_of(const goldilocks::Results& results, const goldilocks::Variant& variant) {
  const goldilocks::Variant* source = &variant;
  while (!source->model().empty()) {
    const goldilocks::Variant* before = variant_named(results, source->model());
    if (before == nullptr) break;
    source = before;
  }
  return *source;
}

// What is stated of the variant: its proof's figures where there is one.
const goldilocks::Evaluation& stated(const goldilocks::Results& results, const goldilocks::Variant& variant) {
  return results.has_proof() ? results.proof().evaluation() : variant.evaluation();
}

std::map<std::string, std::string> metadata_of(const goldilocks::Results& results, const goldilocks::Variant& variant) {
  std::map<std::string, std::string> metadata;
  const auto add = [&](const std::string& key, const std::string& value) { metadata["goldilocks." + key] = value; };
  add("program", results.program());
  add("variant", variant.name());
  add("function", variant.function().empty() ? "none" : variant.function());
  add("bits", variant.bits() == 0 ? "auto" : fmt::format("{}", variant.bits()));
  add("source_sha256", source_of(results, variant).sha256());
  if (!variant.has_evaluation()) return metadata;
  const goldilocks::Evaluation& evaluation = stated(results, variant);
  add("samples", fmt::format("{}", evaluation.samples()));
  if (evaluation.has_mean_accuracy()) add("mean_accuracy", fmt::format("{}", evaluation.mean_accuracy()));
  if (evaluation.has_mean_drop()) add("mean_drop", fmt::format("{}", evaluation.mean_drop()));
  if (evaluation.has_top1_agreement()) add("agreement", fmt::format("{}", evaluation.top1_agreement()));
  return metadata;
}

// The files of a published model, which is called so in this folder.
Json file_entries(const std::filesystem::path& folder, const std::string& model) {
  Json entries = Json::array();
  for (const std::filesystem::path& file : formats::files_of(folder / model)) {
    const std::string name = file.empty() ? model : (std::filesystem::path(model) / file).string();
    const store::ContentHash content = store::hash_content(folder / name);
    entries.push_back({{"name", name}, {"sha256", content.sha256}, {"size", content.size}});
  }
  return entries;
}

Json without(Json document, const char* key) {
  document.erase(key);
  return document;
}

// How many samples are answered otherwise, and a few of them, in place of them all.
void shorten_differences(Json& evaluation) {
  const std::size_t count = evaluation.at("differences").size();
  evaluation["differenceCount"] = count;  // a new member moves the others
  Json& differences = evaluation.at("differences");
  if (std::ssize(differences) > listed_differences) {
    differences.erase(differences.begin() + listed_differences, differences.end());
  }
  for (Json& difference : differences) difference.erase("thumbnail");
}

std::string manifest_of(const PipelineSpec& spec, const goldilocks::Results& results,
                        const goldilocks::Variant& variant, Json files) {
  const Json document = to_ordered_json(results);
  const goldilocks::Variant& source = source_of(results, variant);
  Json manifest = {{"kind", release_kind}, {"schemaVersion", 1}, {"name", spec.publish->name}};
  manifest["files"] = std::move(files);
  manifest["source"] = {{"name", source.name()}, {"sha256", source.sha256()}, {"size", source.size_bytes()}};
  // Every tensor and every sample are in the run's results.
  manifest["variant"] = without(to_ordered_json(variant), "tensors");
  if (variant.has_evaluation()) shorten_differences(manifest["variant"]["evaluation"]);
  manifest["selection"] = without(to_ordered_json(results.selection()), "candidates");
  const goldilocks::Variant* baseline = variant_named(results, variant.evaluation().baseline());
  if (baseline != nullptr && baseline->has_evaluation()) {
    manifest["baseline"] = to_ordered_json(baseline->evaluation());
    manifest["baseline"]["name"] = baseline->name();
  }
  if (results.has_proof()) {
    manifest["proof"] = to_ordered_json(results.proof());
    shorten_differences(manifest["proof"]["evaluation"]);
  }
  for (const char* key : {"program", "plugins", "inputs", "datasets"}) manifest[key] = document.at(key);
  manifest["run"] = results.name();
  manifest["pipeline"] = to_yaml(spec);
  return manifest.dump(2) + "\n";
}

}  // namespace

void publish(const PipelineSpec& spec, const goldilocks::Results& results, const std::filesystem::path& model) {
  const goldilocks::Variant* variant = variant_named(results, results.selection().chosen());
  if (variant == nullptr) throw Error(ExitCode::internal, "the chosen variant is not in the results");
  if (store::hash_content(model).sha256 != variant->sha256()) {
    throw FileError(model, "is not the file that was evaluated: its hash is another one");
  }
  const auto published = formats::open(model);
  published->change({.description = "", .user_defined = metadata_of(results, *variant)});
  const std::string name = spec.publish->name + std::string(published->file_ending());
  write_release(spec.publish->folder.path, [&](const std::filesystem::path& into) {
    published->write(into / name);
    write_file_atomically(into / release_manifest, manifest_of(spec, results, *variant, file_entries(into, name)));
  });
}

}  // namespace goldilocks::pipeline
