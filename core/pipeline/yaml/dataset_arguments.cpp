#include "core/pipeline/yaml/dataset_arguments.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/file_ending.hpp"
#include "core/base/paths.hpp"

namespace goldilocks::pipeline {
namespace {

PathValue path_value(const std::filesystem::path& path) {
  const std::filesystem::path normal = path.lexically_normal();
  return {normal, normal.string(), normal.string()};
}

// "x=x.npy"; what stands before "=" is no name where it is a part of a path that is there.
std::vector<ArraySource> sources_of(const std::vector<std::string>& texts, const std::string& option) {
  std::vector<ArraySource> sources;
  for (const std::string& text : texts) {
    const std::size_t equals = is_there(text) ? std::string::npos : text.find('=');
    const bool named = equals != std::string::npos;
    const std::filesystem::path path = named ? text.substr(equals + 1) : text;
    if (!has_ending(path, {".npy", ".npz"}) && !is_folder(path)) {
      throw UsageError(fmt::format("{} {}", option, text), "neither a .npy or .npz file nor a folder");
    }
    sources.push_back({named ? text.substr(0, equals) : "", path_value(path)});
    if (!named && texts.size() > 1) {
      throw UsageError(fmt::format("{} {}", option, text), "of several, each needs its NAME=");
    }
  }
  return sources;
}

}  // namespace

DatasetUse dataset_use(const DatasetArguments& arguments, const data::Preparation& preparation) {
  DatasetUse use;
  if (arguments.samples) use.images = path_value(arguments.samples->path);
  if (!arguments.images.empty()) use.images = path_value(arguments.images);
  use.inputs = sources_of(arguments.inputs, "--inputs");
  use.targets = sources_of(arguments.targets, "--targets");
  if (!use.images && use.inputs.empty()) throw UsageError("there are no samples: name --dataset or --inputs");
  if (arguments.labels && !use.targets.empty()) throw UsageError("--labels stands beside --targets");
  if (arguments.labels) use.labels = path_value(*arguments.labels);
  if (arguments.label_map) use.label_map = path_value(*arguments.label_map);
  use.next_token = arguments.next_token;
  use.sequences = arguments.sequences;
  if (use.sequences && use.images) throw UsageError("--sequences", "sequences are of arrays, and there are images");
  if (!use.next_token.empty() && (arguments.labels || !use.targets.empty())) {
    throw UsageError("--next-token", "it stands beside --labels or --targets");
  }
  use.preparation = preparation;
  use.max_unusable = arguments.max_unusable;
  use.labelled =
      arguments.samples ? !arguments.samples->classes.empty() : use.targets.empty() && use.next_token.empty();
  const std::filesystem::path& source = use.source().path;
  use.name = (source.has_filename() ? source : source.parent_path()).stem().string();
  return use;
}

}  // namespace goldilocks::pipeline
