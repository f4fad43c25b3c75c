#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <goldilocks/abi.h>

#include "core/plugins/aligned_allocator.hpp"
#include "core/plugins/options.hpp"

namespace goldilocks::plugins {

// A dense row-major float32 tensor that owns its values, aligned to 64 bytes.
struct Tensor {
  std::vector<std::int64_t> dims;
  AlignedVector<float> values;
};

// Buffers for one thread. The backend is single-threaded inside: threads go over images.
class Session {
 public:
  virtual ~Session() = default;
  // `inputs` in the order of the graph's inputs; results in the order asked for at create_session(). Throws
  // PluginError. The returned tensors stay valid until the next run. Values that a backend returns in another type
  // arrive converted to float32.
  virtual const std::vector<Tensor>& run(std::span<const glk_tensor* const> inputs) = 0;
};

// A network prepared by a backend; weights are shared by its sessions. create_session() is safe from any thread.
class BackendModel {
 public:
  virtual ~BackendModel() = default;
  // `wanted`: indexes of graph values.
  virtual std::unique_ptr<Session> create_session(std::span<const std::uint32_t> wanted) const = 0;
};

class BackendPlugin {
 public:
  virtual ~BackendPlugin() = default;
  std::string name, summary, version, license;
  std::filesystem::path file;
  std::string file_sha256;
  std::vector<OptionSpec> options;

  // The graph must outlive the model. Throws PluginError; for operations that the backend can't run, naming the layer
  // and the operation's type, before anything is prepared.
  virtual std::unique_ptr<BackendModel> create_model(const OptionValues& options, const glk_graph& graph,
                                                     const std::filesystem::path& model_file) const = 0;
};

}  // namespace goldilocks::plugins
