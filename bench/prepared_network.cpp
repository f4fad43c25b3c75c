#include "bench/prepared_network.hpp"

#include <cstddef>
#include <random>

#include "core/formats/coreml/model_file.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks {

PreparedNetwork::PreparedNetwork(const std::filesystem::path& file, const std::string& backend) {
  static plugins::Registry registry({std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "lib/goldilocks/plugins"});
  network = lowering::lower(*model::load_model(file));
  const plugins::BackendPlugin& plugin = registry.backend(backend);
  model = plugin.create_model(plugins::complete_options(plugin.options, {}), network->graph(), file);
  for (const lowering::NetworkOutput& output : network->outputs) wanted.push_back(output.value);
  std::mt19937 random(1);
  std::uniform_real_distribution<float> noise(-128.0F, 128.0F);
  for (const lowering::NetworkInput& input : network->inputs) {
    std::size_t count = 1;
    for (const std::int64_t size : input.dims) count *= static_cast<std::size_t>(size);
    values.emplace_back(count);
    for (float& value : values.back()) value = noise(random);
  }
  for (std::size_t index = 0; index < values.size(); ++index) {
    const std::vector<std::int64_t>& dims = network->inputs[index].dims;
    tensors.push_back({sizeof(glk_tensor), GLK_FLOAT32, dims.size(), dims.data(), values[index].data()});
  }
  for (const glk_tensor& tensor : tensors) inputs.push_back(&tensor);
}

}  // namespace goldilocks
