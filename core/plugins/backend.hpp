#pragma once

#include <cstddef>
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

// A dense row-major tensor that owns its elements, aligned to 64 bytes.
struct Tensor {
  std::vector<std::int64_t> dims;
  AlignedVector<float> values;  // of GLK_FLOAT32
  std::int32_t type = GLK_FLOAT32;
  AlignedVector<std::byte> bytes{};  // of other numbers
  std::vector<std::string> texts{};  // of GLK_STRING
};

// Buffers for one thread. The backend is single-threaded inside: threads go over images.
class Session {
 public:
  virtual ~Session() = default;
  // `inputs` in the order of the graph's inputs; results in the order asked for at create_session(). Throws
  // PluginError. The returned tensors stay valid until the next run. A value that the graph states as float32 arrives
  // as that, whichever type of numbers the backend has given.
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
