#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <goldilocks/graph/graph.hpp>
#include <goldilocks/graph/plain.hpp>
#include <oneapi/dnnl/dnnl.hpp>

#include "fusion.hpp"
#include "join.hpp"
#include "layout.hpp"
#include "plan.hpp"
#include "usage.hpp"
#include "weight_store.hpp"

namespace goldilocks::onednn {

// What all plans of one model share.
struct ModelContext {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  WeightStore weights{engine};
  Layout blocked = preferred_blocked_layout();
  bool winograd = true;                                      // use it for 3x3 convolutions
  std::uint64_t memory_limit = graph::default_memory_limit;  // in bytes, of a session
};

// Collects the steps and slots of a plan while the makers (one for each family of operations) go through the graph.
// Keeps track of the layouts in which each value is there: a value that is asked for in another one is reordered once.
// All values have the shapes in `inferred`; everything handed in must outlive the builder.
class PlanBuilder {
 public:
  PlanBuilder(ModelContext& context, const graph::GraphView& graph, const Usage& usage,
              const graph::InferredGraph& inferred, bool every_number);

  ModelContext& context() const { return context_; }
  const graph::GraphView& graph() const { return graph_; }
  const Usage& usage() const { return usage_; }
  // Whether the plan must treat infinities and NaN as the kit does: oneDNN's maximum drops NaN.
  bool every_number() const { return every_number_; }

  const graph::Dims& dims(std::uint32_t value) const { return dims_[value]; }
  // What the value takes in a layout, which is the plain one for what isn't float32.
  std::size_t bytes(std::uint32_t value, Layout layout) const;
  std::span<const graph::Dims> all_dims() const { return dims_; }  // by value
  ImageDims image(std::uint32_t value) const { return image_dims(dims_[value]); }
  // The layout in which the value was given; plain for inputs and constants.
  Layout layout(std::uint32_t value) const;

  // Operations are built in the graph's order; `index` is the last one that the next steps compute.
  void begin_operation(std::size_t index) { operation_ = index; }

  // Where the value lies in a layout; adds a step that brings it there if need be.
  SlotId read(std::uint32_t value, Layout layout);
  // Where a step shall put the value: in its place within a concatenated one if it has one there, else on its own.
  SlotId write(std::uint32_t value, Layout layout);
  // As write(), but over the memory of `replaced`, where that lies in the same layout and is not needed any more.
  SlotId write_over(std::uint32_t value, Layout layout, std::uint32_t replaced);
  // The value is a part of what lies in a slot, from `offset` bytes on.
  void alias(std::uint32_t value, Layout layout, SlotId slot, std::size_t offset);

  // The places that wanted or joined values have within a concatenated one.
  Joins& joins() { return joins_; }
  // The slot of a join's output; `layout` is decided by the first call, and must fit the join.
  SlotId joined_slot(Join& join, Layout layout);
  // Memory for what one step leaves to the next ones.
  SlotId temporary(std::size_t bytes);
  // A slot within another.
  SlotId slot_within(SlotId parent, std::size_t offset, std::size_t bytes);
  // Whether the value already lies in a slot within `parent` at `offset`.
  bool lies_at(std::uint32_t value, Layout layout, SlotId parent, std::size_t offset) const;

  void add(PrimitiveStep step);
  void add(KernelStep step);
  void add(OwnStep step);
  // Copies between two slots and descriptors of the same dimensions.
  void add_reorder(SlotId from, const dnnl::memory::desc& from_desc, SlotId to, const dnnl::memory::desc& to_desc);

  // Lays out the arena. The builder is spent.
  Plan finish(std::span<const std::uint32_t> wanted);

 private:
  struct Life {
    bool used = false;
    std::size_t first = 0, last = 0;  // steps
    bool has_parts = false;
  };

  SlotId new_slot(const Slot& slot);
  SlotId root(SlotId slot) const;
  void touch(SlotId slot);
  std::optional<SlotId>& place(std::uint32_t value, Layout layout);
  SlotId read_constant(std::uint32_t value, Layout layout);

  ModelContext& context_;
  const graph::GraphView& graph_;
  const Usage& usage_;
  const graph::InferredGraph& inferred_;
  std::span<const graph::Dims> dims_;
  bool every_number_;
  Joins joins_;
  std::size_t operation_ = 0;
  Plan plan_;
  std::vector<Life> lives_;                                              // by slot; meaningful for roots
  std::vector<std::array<std::optional<SlotId>, layout_count>> places_;  // by value
  std::vector<std::optional<Layout>> layouts_;                           // by value: how it was given
};

// Attributes with scratch memory provided by the session, as every primitive here has them, and functions to be applied
// to the result.
dnnl::primitive_attr primitive_attributes(std::span<const Eltwise> after = {});

// Whether an implementation is written for the processor: oneDNN falls back to reference code that is up to a thousand
// times slower, and slower than the kit's kernels.
bool is_fast(const dnnl::primitive_desc_base& description);

// Makes a step of a primitive; the caller adds arguments.
template <class Primitive>
PrimitiveStep make_step(const graph::OperationView& operation, const typename Primitive::primitive_desc& description) {
  return {operation, Primitive(description), description.scratchpad_desc().get_size(), {}, {}};
}

// Calls `describe`, which makes a primitive's descriptor; none where oneDNN can't, or only by reference code.
template <class Describe>
auto try_describe(const Describe& describe) -> std::optional<decltype(describe())> {
  try {
    auto description = describe();
    if (is_fast(description)) return description;
  } catch (const dnnl::error& error) {
    if (error.status != dnnl_unimplemented && error.status != dnnl_invalid_arguments) throw;
  }
  return std::nullopt;
}

}  // namespace goldilocks::onednn
