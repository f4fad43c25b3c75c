#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <goldilocks/abi.h>

#include "core/formats/neural_network/lowering/lower.hpp"
#include "core/plugins/backend.hpp"

namespace goldilocks {

// A network prepared by a backend of this build, with inputs of noise between -128 and 128. Any number of threads may
// run sessions of it at the same time. Its tensors point into it, so it stays where it is.
struct PreparedNetwork {
  std::shared_ptr<const lowering::Network> network;
  std::unique_ptr<plugins::BackendModel> model;
  std::vector<std::uint32_t> wanted;  // the network's outputs
  std::vector<std::vector<float>> values;
  std::vector<glk_tensor> tensors;
  std::vector<const glk_tensor*> inputs;

  PreparedNetwork(const std::filesystem::path& file, const std::string& backend);
  PreparedNetwork(const PreparedNetwork&) = delete;
  PreparedNetwork& operator=(const PreparedNetwork&) = delete;
};

}  // namespace goldilocks
