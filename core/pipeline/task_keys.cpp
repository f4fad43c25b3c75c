#include "core/pipeline/task_keys.hpp"

#include <array>

#include "core/base/hash.hpp"
#include "core/plugins/option_files.hpp"

namespace goldilocks::pipeline {
namespace {

// Raise one when the code behind a step changes what it makes: older artifacts are then not used any more.
constexpr int prepare_revision = 1;
constexpr int quantize_revision = 1;
constexpr int predict_revision = 1;

// A path counts by the content behind it, not by its name.
void add_plugin(Hasher& hasher, const KeyedPlugin& plugin) {
  hasher.add(plugin.name).add(plugin.file_sha256);
  for (const plugins::OptionSpec& spec : plugin.specs) {
    const auto value = plugin.options.find(spec.name);
    if (value == plugin.options.end() || spec.type == plugins::OptionType::path) continue;
    hasher.add(spec.name).add(plugins::to_text(value->second));
  }
  hasher.add(plugins::hash_option_files(plugin.specs, plugin.options));
}

}  // namespace

std::string to_text(data::Fit fit) {
  static constexpr std::array names = {"center_crop", "scale_fit", "scale_fill"};
  return names.at(static_cast<std::size_t>(fit));
}

std::string to_text(data::Filter filter) {
  static constexpr std::array names = {"nearest", "bilinear", "area", "bicubic", "lanczos"};
  return names.at(static_cast<std::size_t>(filter));
}

std::string prepare_key(const std::string& dataset_fingerprint, int width, int height, int channels,
                        const data::Preparation& preparation) {
  Hasher hasher;
  hasher.add("prepare").add(std::int64_t{prepare_revision}).add(dataset_fingerprint);
  hasher.add(std::int64_t{width}).add(std::int64_t{height}).add(std::int64_t{channels});
  hasher.add(to_text(preparation.fit)).add(to_text(preparation.filter));
  return hasher.finish();
}

std::string quantize_key(const std::string& input, const KeyedPlugin& function, int bits,
                         const std::string& description) {
  Hasher hasher;
  hasher.add("quantize").add(std::int64_t{quantize_revision}).add(input);
  add_plugin(hasher, function);
  hasher.add(std::int64_t{bits}).add(description);
  return hasher.finish();
}

std::string predict_key(const std::string& model, const std::string& prepared_key, const KeyedPlugin& backend,
                        bool scores_only) {
  Hasher hasher;
  hasher.add("predict").add(std::int64_t{predict_revision}).add(model).add(prepared_key);
  add_plugin(hasher, backend);
  hasher.add(std::int64_t{scores_only ? 1 : 0});
  return hasher.finish();
}

}  // namespace goldilocks::pipeline
