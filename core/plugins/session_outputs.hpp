#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <goldilocks/abi.h>

#include "core/plugins/backend.hpp"

namespace goldilocks::plugins {

// Where a backend's session puts its results: the tensors that the host returns, allocated when a run asks for them and
// kept for the next one. One thread; it doesn't move.
class SessionOutputs {
 public:
  // `wanted`: indexes of values of the graph, which must outlive this object.
  SessionOutputs(const glk_graph& graph, std::span<const std::uint32_t> wanted);
  SessionOutputs(const SessionOutputs&) = delete;
  SessionOutputs& operator=(const SessionOutputs&) = delete;

  const glk_outputs* get() const { return &outputs_; }

  // Before each run.
  void reset();
  // Why a buffer was refused in this run ("asked for ..."), or "".
  const std::string& refusal() const { return refusal_; }
  // After a run: the refusal, or what was left unset, or "".
  std::string problem() const;
  // The results, after a run without a problem. Throws PluginError for a string that is none.
  const std::vector<Tensor>& collect();

 private:
  // Numbers that the graph states as float32 and a backend gives in another type, and pointers to texts, are written
  // here, and converted when they are collected.
  struct Slot {
    const glk_value* value = nullptr;
    std::int32_t type = 0;  // 0: not asked for in this run
    std::size_t count = 0;  // elements
    AlignedVector<std::byte> staged;
  };

  static void* output(void* context, std::uint64_t index, std::int32_t type, std::uint64_t rank,
                      const std::int64_t* dims) noexcept;
  void* buffer_of(std::size_t index);
  void* provide(std::uint64_t index, std::int32_t type, std::span<const std::int64_t> dims);
  std::string shape_problem(const glk_value& value, std::span<const std::int64_t> dims) const;

  glk_outputs outputs_{};
  std::vector<Slot> slots_;
  std::vector<Tensor> tensors_;
  std::string refusal_;
};

}  // namespace goldilocks::plugins
