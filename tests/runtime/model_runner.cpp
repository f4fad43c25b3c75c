#include "tests/runtime/model_runner.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::testing {

ModelFile::ModelFile(const spec::Model& model, const std::string& backend, const lowering::LoweringOptions& limits) {
  static plugins::Registry registry({std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "lib/goldilocks/plugins"});
  const plugins::BackendPlugin& plugin = registry.backend(backend);
  const std::filesystem::path file = folder_ / "m.mlmodel";
  write_file_atomically(file, model::serialize_model(model));
  model_ = std::make_unique<runtime::LoadedModel>(file, plugin, plugins::complete_options(plugin.options, {}), limits);
}

Array floats(std::vector<std::int64_t> shape, const std::vector<float>& values) {
  return runtime::make_array(std::move(shape), values);
}

Array doubles(std::vector<std::int64_t> shape, const std::vector<double>& values) {
  return runtime::make_array(std::move(shape), values);
}

Array integers(std::vector<std::int64_t> shape, const std::vector<std::int32_t>& values) {
  return runtime::make_array(std::move(shape), values);
}

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    const std::string text = error.what();
    // The folder of a model's file is another one each time.
    const std::size_t file = text.find("m.mlmodel: ");
    return file == std::string::npos ? text : text.substr(file);
  }
  return "";
}

}  // namespace goldilocks::testing
