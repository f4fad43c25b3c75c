#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include <goldilocks/abi.h>
#include <goldilocks/entry_point.hpp>
#include <goldilocks/error.hpp>
#include <goldilocks/host.hpp>
#include <goldilocks/options.hpp>

namespace goldilocks {

// The tensors given to one run, in the order of the graph's inputs. A view; nothing is copied.
class Inputs {
 public:
  Inputs(const glk_tensor* const* tensors, std::size_t count) : tensors_(tensors), count_(count) {}

  std::size_t size() const { return count_; }
  const glk_tensor& operator[](std::size_t index) const { return *tensors_[index]; }

  std::span<const std::int64_t> dims(std::size_t index) const { return {tensors_[index]->dims, tensors_[index]->rank}; }

  // The tensor's values, row-major. Throws BadData if it holds another type.
  std::span<const float> float32(std::size_t index) const {
    const glk_tensor& tensor = *tensors_[index];
    if (tensor.type != GLK_FLOAT32) throw BadData("input " + std::to_string(index) + " is not float32");
    std::size_t count = 1;
    for (const std::int64_t dim : dims(index)) count *= static_cast<std::size_t>(dim);
    return {static_cast<const float*>(tensor.data), count};
  }

 private:
  const glk_tensor* const* tensors_;
  std::size_t count_;
};

// Where one run puts what was asked for; the memory is the host's.
class Outputs {
 public:
  explicit Outputs(const glk_outputs* outputs) : outputs_(outputs) {}

  // The buffer of the value at `index` of those asked for, aligned to 64 bytes, to be filled before run() returns.
  void* buffer(std::size_t index, std::int32_t type, std::span<const std::int64_t> dims) const {
    void* memory = outputs_->output(outputs_->context, index, type, dims.size(), dims.data());
    if (memory == nullptr) {
      throw Failure(GLK_ERROR_OUT_OF_MEMORY, "the host gives no buffer for output " + std::to_string(index));
    }
    return memory;
  }

  std::span<float> float32(std::size_t index, std::span<const std::int64_t> dims) const {
    std::size_t count = 1;
    for (const std::int64_t dim : dims) count *= static_cast<std::size_t>(dim);
    return {static_cast<float*>(buffer(index, GLK_FLOAT32, dims)), count};
  }

 private:
  const glk_outputs* outputs_;
};

// The buffers of one thread. Uses no other threads: the host runs several sessions at the same time.
class Session {
 public:
  virtual ~Session() = default;
  virtual void run(const Inputs& inputs, const Outputs& outputs) = 0;
};

// A network with its weights prepared. Outlives its sessions; create_session() is called from any number of threads at
// the same time.
class Model {
 public:
  virtual ~Model() = default;
  // `wanted`: indexes of the graph's values that each run shall return, in this order; inner values too.
  virtual std::unique_ptr<Session> create_session(std::span<const std::uint32_t> wanted) = 0;
};

// An inference backend. Each model gets an object of its own, which lives as long as that model. supports() is asked
// before that of another object with the same options, which has no host; a host that was built before glk_supports
// asks one whose options have their defaults, from any number of threads at the same time.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual void declare(Options& options) { static_cast<void>(options); }

  // The types of values that it takes, GLK_FLOAT32 and so on: a graph with others is refused before supports() is
  // asked. Those of the first release of the interface, unless overridden. The list lives as long as the process.
  virtual std::span<const std::int32_t> element_types() const {
    static constexpr std::int32_t types[] = {GLK_FLOAT32, GLK_FLOAT16, GLK_FLOAT64, GLK_INT32, GLK_INT64, GLK_STRING};
    return types;
  }

  // True if this operation of this graph can be run.
  virtual bool supports(const glk_graph& graph, const glk_operation& operation) const = 0;

  // Called once, after the options have their values. The graph outlives the model. `model_file` may be empty.
  virtual std::unique_ptr<Model> create_model(const glk_graph& graph, const std::filesystem::path& model_file) = 0;

  // Set before create_model().
  const Host& host() const { return host_; }
  void set_host(const Host& host) { host_ = host; }

 private:
  Host host_;
};

}  // namespace goldilocks

#include <goldilocks/detail/backend_factory.hpp>

// Makes a class derived from Backend this library's backend. At global scope, once.
#define GOLDILOCKS_BACKEND(Class, name, summary)                                                                     \
  GOLDILOCKS_EXTENDED_ENTRY_POINT(name, GLK_BACKEND_ID, ::goldilocks::detail::backend_factory<Class>(name, summary), \
                                  &::goldilocks::detail::BackendFactory<Class>::get_extension)
