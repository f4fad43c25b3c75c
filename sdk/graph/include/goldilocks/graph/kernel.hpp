#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include <goldilocks/graph/elements.hpp>
#include <goldilocks/graph/graph.hpp>

namespace goldilocks::graph {

// The types of an operation's values, by the numbers of abi.h; 0 for an input that is absent.
struct ElementTypes {
  std::vector<std::int32_t> inputs;
  std::vector<std::int32_t> outputs;
};
ElementTypes element_types(const GraphView& graph, const OperationView& operation);

// What an operation means: how the shapes of its outputs follow from its inputs', and a plain loop nest that computes
// it. docs/operations.md says the same in words. All functions are pure, and safe from any thread.
struct Kernel {
  std::string_view type;
  // `inputs` has one entry for each input of the operation, an empty one for an input that is absent; all sizes are
  // known. A size of the result that depends on the inputs' values is -1.
  std::vector<Dims> (*infer_shapes)(const OperationView& operation, std::span<const Dims> inputs);
  // Shapes are those that infer_shapes gives (or shapes_from_values). Inputs and outputs don't overlap. Null for
  // control flow (branch, loop, ...), which the session itself runs.
  void (*run)(const OperationView& operation, std::span<const TensorView> inputs,
              std::span<const MutableTensorView> outputs);
  // For operations whose shapes depend on their inputs' values: all sizes, none of them -1. Null for others.
  std::vector<Dims> (*shapes_from_values)(const OperationView& operation, std::span<const TensorView> inputs) = nullptr;
  // For operations that draw random numbers: computes what the operation gives when it is run for the draw-th time
  // (0: the first) within one run of the session; run() is draw 0. Null for others.
  void (*run_draw)(const OperationView& operation, std::span<const TensorView> inputs,
                   std::span<const MutableTensorView> outputs, std::uint64_t draw) = nullptr;
  // Whether it takes values of these types. Null: float32 alone.
  bool (*takes)(const ElementTypes& types) = nullptr;
  // Which inputs' values shapes_from_values reads, as bits.
  std::uint64_t shape_inputs = ~std::uint64_t{0};
  // In the place of run, for operations whose results have sizes that only computing them tells, 0 among them: the
  // results, which have the types asked for. Texts in them are the inputs'. Null for others.
  std::vector<OwnedTensor> (*produce)(const OperationView& operation, std::span<const TensorView> inputs,
                                      std::span<const std::int32_t> output_types) = nullptr;

  bool is_control_flow() const { return run == nullptr && produce == nullptr; }
};

// Null for a type that the kit doesn't know. Kernels of one operation for several element types share their shape
// rules.
const Kernel* find_kernel(std::string_view type);

// The kernel for values of these types; null where there is none.
const Kernel* find_kernel(std::string_view type, const ElementTypes& types);

// Computes one operation. Sessions on several threads call the same one at once, so it holds nothing that changes.
using Step = std::function<void(std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs)>;

// The kit's way to compute an operation on values of these types, which is no control flow and produces nothing: by
// its kernel; or, where float16 is among the types and no kernel takes it, by the one for float32, on values that are
// converted and rounded. Throws GraphError, with the types, where the kit has neither.
Step kernel_step(const OperationView& operation, const ElementTypes& types);
bool has_kernel(const OperationView& operation, const ElementTypes& types);

// All of them, sorted by type.
std::span<const Kernel> kernels();

// Whether a size is -1: known only at run time. The rank is always known.
bool is_open(std::span<const std::int64_t> dims);

// The shapes of an operation's outputs. Open sizes of inputs leave those sizes of the outputs open that may depend on
// them. Throws GraphError for an unknown type, a wrong number of inputs or outputs, an attribute out of its domain,
// inputs whose shapes don't fit, and outputs that are empty or over largest_tensor.
std::vector<Dims> infer_shapes(const OperationView& operation, std::span<const Dims> inputs);

// The same for inputs whose values are there: nothing stays open.
std::vector<Dims> infer_shapes(const OperationView& operation, std::span<const TensorView> inputs);

// Where a window operation (convolution, deconvolution, pooling) looks, once its padding mode is resolved for an input
// of a size: for a backend that speaks of explicit padding only.
struct SpatialWindow {
  std::int64_t output = 0;  // of this axis
  std::int64_t before = 0;  // padding (deconvolution: cropping) at the top or left
  std::int64_t after = 0;   // at the bottom or right; a window may reach beyond it where a pool rounds up, and a
                            // deconvolution's output may end after its last product (negative here)
};
// `axis` 0 is height, 1 is width. `size` and `kernel` belong to that axis.
SpatialWindow convolution_window(const OperationView& operation, int axis, std::int64_t size, std::int64_t kernel);
SpatialWindow deconvolution_window(const OperationView& operation, int axis, std::int64_t size, std::int64_t kernel);
SpatialWindow pooling_window(const OperationView& operation, int axis, std::int64_t size);
// The kernel's size along an axis, with `global` taken into account.
std::int64_t pooling_kernel(const OperationView& operation, int axis, std::int64_t size);
std::int64_t pooling_stride(const OperationView& operation, int axis);

// Axes may count from the end. Throws GraphError if out of [-rank, rank).
std::size_t resolve_axis(const OperationView& operation, std::int64_t axis, std::size_t rank);

// The shape to which all broadcast: aligned at the last dimension; sizes are equal or 1. Throws GraphError.
Dims broadcast_shape(const OperationView& operation, std::span<const Dims> inputs);

}  // namespace goldilocks::graph
