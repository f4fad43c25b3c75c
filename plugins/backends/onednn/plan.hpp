#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include <goldilocks/graph/graph.hpp>
#include <goldilocks/graph/kernel.hpp>
#include <oneapi/dnnl/dnnl.hpp>

namespace goldilocks::onednn {

// A place for a tensor, by its index in Plan::slots.
using SlotId = std::uint32_t;

// A place for a tensor: in the session's arena, within another slot, in an input that the host hands over, or a
// constant.
struct Slot {
  enum class Place { arena, within, input, constant };

  Place place = Place::arena;
  std::size_t bytes = 0;
  std::size_t offset = 0;          // in bytes: in the arena, or within `parent`
  SlotId parent = 0;               // of a slot within another
  std::size_t input = 0;           // which of the graph's inputs
  const void* constant = nullptr;  // lives as long as the model
};

// One call of a oneDNN primitive.
struct PrimitiveStep {
  struct Argument {
    int role;  // DNNL_ARG_...
    SlotId slot;
    dnnl::memory::desc desc;
  };
  struct Constant {
    int role;
    dnnl::memory memory;  // prepared once for the model and shared by its sessions
  };

  graph::OperationView operation;  // for messages
  dnnl::primitive primitive;
  std::size_t scratch_bytes = 0;
  std::vector<Argument> arguments;
  std::vector<Constant> constants;
};

// One call of the kit's plain kernel, on row-major tensors.
struct KernelStep {
  struct Operand {
    bool present = true;
    SlotId slot = 0;
    std::int32_t type = GLK_FLOAT32;
    graph::Dims dims;
  };

  graph::Step run;
  std::vector<Operand> inputs;
  std::vector<Operand> outputs;
};

// One call of a kernel of this backend's own, in the layouts that it was made for.
struct OwnStep {
  // What the kernel reads and writes, in the step's order. A source that is absent is null, and one that may be an
  // input of the host has any alignment; all else is aligned to buffer_alignment.
  struct Operands {
    std::span<const float* const> sources;
    std::span<float* const> targets;
    std::byte* scratch;  // scratch_bytes
  };
  // The kernel with its weights; any thread.
  using Run = std::function<void(const Operands& operands)>;

  graph::OperationView operation;  // for messages
  Run run;
  std::size_t scratch_bytes = 0;
  std::vector<std::optional<SlotId>> sources;
  std::vector<SlotId> targets;
};

using Step = std::variant<PrimitiveStep, KernelStep, OwnStep>;

// All that running a graph needs for one set of input shapes and wanted values, but memory: made once, and executed by
// any number of sessions at once.
struct Plan {
  struct Result {
    SlotId slot;
    std::int32_t type;
    graph::Dims dims;
  };

  std::vector<Slot> slots;
  std::vector<Step> steps;
  std::vector<Result> results;                                   // row-major, in the order of the wanted values
  std::vector<std::shared_ptr<const graph::OwnedTensor>> known;  // what slots of constants point to beside the graph's
  std::size_t arena_bytes = 0;
  std::size_t scratch_bytes = 0;  // of the step that needs most
};

}  // namespace goldilocks::onednn
