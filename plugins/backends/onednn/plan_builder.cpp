#include "plan_builder.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "arena.hpp"

namespace goldilocks::onednn {

PlanBuilder::PlanBuilder(ModelContext& context, const graph::GraphView& graph, const Usage& usage,
                         const graph::InferredGraph& inferred, bool every_number)
    : context_(context),
      graph_(graph),
      usage_(usage),
      inferred_(inferred),
      dims_(inferred.dims),
      every_number_(every_number),
      joins_(graph, usage, dims_),
      places_(graph.value_count()),
      layouts_(graph.value_count()) {
  const std::span<const std::uint32_t> inputs = graph.inputs();
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    Slot slot;
    slot.place = Slot::Place::input;
    slot.bytes = bytes(inputs[index], Layout::plain);
    slot.input = index;
    place(inputs[index], Layout::plain) = new_slot(slot);
    layouts_[inputs[index]] = Layout::plain;
  }
}

std::size_t PlanBuilder::bytes(std::uint32_t value, Layout layout) const {
  const std::int32_t type = graph_.value(value).type();
  if (type == GLK_FLOAT32) return byte_size(image(value), layout);
  return static_cast<std::size_t>(graph::element_count(dims_[value])) * graph::element_size(type);
}

Layout PlanBuilder::layout(std::uint32_t value) const { return layouts_[value].value_or(Layout::plain); }

std::optional<SlotId>& PlanBuilder::place(std::uint32_t value, Layout layout) {
  return places_[value][static_cast<std::size_t>(layout)];
}

SlotId PlanBuilder::new_slot(const Slot& slot) {
  plan_.slots.push_back(slot);
  lives_.emplace_back();
  return static_cast<SlotId>(plan_.slots.size() - 1);
}

SlotId PlanBuilder::temporary(std::size_t bytes) {
  Slot slot;
  slot.bytes = bytes;
  return new_slot(slot);
}

SlotId PlanBuilder::slot_within(SlotId parent, std::size_t offset, std::size_t bytes) {
  lives_[root(parent)].has_parts = true;
  Slot slot;
  slot.place = Slot::Place::within;
  slot.bytes = bytes;
  slot.offset = offset;
  slot.parent = parent;
  return new_slot(slot);
}

SlotId PlanBuilder::root(SlotId slot) const {
  while (plan_.slots[slot].place == Slot::Place::within) slot = plan_.slots[slot].parent;
  return slot;
}

void PlanBuilder::touch(SlotId slot) {
  Life& life = lives_[root(slot)];
  const std::size_t step = plan_.steps.size();
  life.first = life.used ? std::min(life.first, step) : step;
  life.last = std::max(life.last, step);
  life.used = true;
}

SlotId PlanBuilder::read_constant(std::uint32_t value, Layout layout) {
  const graph::ValueView view = graph_.value(value);
  Slot slot;
  slot.place = Slot::Place::constant;
  slot.bytes = bytes(value, layout);
  slot.constant = view.data();
  if (inferred_.known[value] != nullptr) {
    plan_.known.push_back(inferred_.known[value]);
    slot.constant = plan_.known.back()->view().bytes();
  }
  if (layout != Layout::plain) {
    const dnnl::memory prepared =
        context_.weights.get("constant " + std::to_string(value), describe(image(value), Layout::plain),
                             describe(image(value), layout), true, [&] { return view.floats(); });
    slot.constant = prepared.get_data_handle();
  }
  return new_slot(slot);
}

SlotId PlanBuilder::read(std::uint32_t value, Layout layout) {
  std::optional<SlotId>& there = place(value, layout);
  if (there) return *there;
  // What was computed from shapes belongs to this plan, and is not among the weights prepared for all.
  const bool is_known = inferred_.known[value] != nullptr;
  if (graph_.value(value).is_constant() || (is_known && layout == Layout::plain)) {
    there = read_constant(value, layout);
    return *there;
  }
  if (is_known) place(value, Layout::plain) = read(value, Layout::plain);
  const Layout given = this->layout(value);
  const SlotId from = *place(value, given);
  const ImageDims dims = image(value);
  if (same_bytes(dims, given, layout)) {
    there = slot_within(from, 0, byte_size(dims, layout));
    return *there;
  }
  Slot slot;
  slot.bytes = byte_size(dims, layout);
  there = new_slot(slot);
  add_reorder(from, describe(dims, given), *there, describe(dims, layout));
  return *there;
}

SlotId PlanBuilder::write(std::uint32_t value, Layout layout) {
  layouts_[value] = layout;
  std::optional<SlotId>& there = place(value, layout);
  if (const Joins::Home* home = joins_.home(value)) {
    Join& join = joins_.join(home->join);
    if (join.fits(layout) && join.layout.value_or(layout) == layout) {
      const SlotId whole = joined_slot(join, layout);
      there = slot_within(whole, join.offset_of(home->part), bytes(value, layout));
      return *there;
    }
  }
  Slot slot;
  slot.bytes = bytes(value, layout);
  there = new_slot(slot);
  return *there;
}

SlotId PlanBuilder::write_over(std::uint32_t value, Layout layout, std::uint32_t replaced) {
  const std::optional<SlotId> old = place(replaced, layout);
  const bool free = old && plan_.slots[*old].place == Slot::Place::arena && !lives_[*old].has_parts &&
                    usage_.is_last_reader(operation_, replaced) && joins_.home(value) == nullptr &&
                    image(value) == image(replaced);
  if (!free) return write(value, layout);
  layouts_[value] = layout;
  std::optional<SlotId>& there = place(value, layout);
  there = slot_within(*old, 0, plan_.slots[*old].bytes);
  return *there;
}

void PlanBuilder::alias(std::uint32_t value, Layout layout, SlotId slot, std::size_t offset) {
  layouts_[value] = layout;
  place(value, layout) = slot_within(slot, offset, byte_size(image(value), layout));
}

SlotId PlanBuilder::joined_slot(Join& join, Layout layout) {
  if (!join.layout) {
    join.layout = layout;
    join.slot = write(join.output, layout);
  }
  return join.slot;
}

bool PlanBuilder::lies_at(std::uint32_t value, Layout layout, SlotId parent, std::size_t offset) const {
  const std::optional<SlotId>& there = places_[value][static_cast<std::size_t>(layout)];
  if (!there) return false;
  const Slot& slot = plan_.slots[*there];
  return slot.place == Slot::Place::within && slot.parent == parent && slot.offset == offset;
}

void PlanBuilder::add(PrimitiveStep step) {
  for (const PrimitiveStep::Argument& argument : step.arguments) touch(argument.slot);
  plan_.scratch_bytes = std::max(plan_.scratch_bytes, step.scratch_bytes);
  plan_.steps.emplace_back(std::move(step));
}

void PlanBuilder::add(KernelStep step) {
  for (const auto* operands : {&step.inputs, &step.outputs}) {
    for (const KernelStep::Operand& operand : *operands) {
      if (operand.present) touch(operand.slot);
    }
  }
  plan_.steps.emplace_back(std::move(step));
}

void PlanBuilder::add(OwnStep step) {
  for (const std::optional<SlotId>& source : step.sources) {
    if (source) touch(*source);
  }
  for (const SlotId target : step.targets) touch(target);
  plan_.scratch_bytes = std::max(plan_.scratch_bytes, step.scratch_bytes);
  plan_.steps.emplace_back(std::move(step));
}

void PlanBuilder::add_reorder(SlotId from, const dnnl::memory::desc& from_desc, SlotId to,
                              const dnnl::memory::desc& to_desc) {
  const dnnl::reorder::primitive_desc description(context_.engine, from_desc, context_.engine, to_desc,
                                                  primitive_attributes());
  PrimitiveStep step = make_step<dnnl::reorder>(graph_.operation(operation_), description);
  step.arguments = {{DNNL_ARG_FROM, from, from_desc}, {DNNL_ARG_TO, to, to_desc}};
  add(std::move(step));
}

Plan PlanBuilder::finish(std::span<const std::uint32_t> wanted) {
  for (const std::uint32_t value : wanted) {
    plan_.results.push_back({read(value, Layout::plain), graph_.value(value).type(), dims_[value]});
  }
  for (const Plan::Result& result : plan_.results) touch(result.slot);  // at the end, after the last step
  std::vector<BufferLife> buffers;
  std::vector<SlotId> owners;
  for (SlotId slot = 0; slot < plan_.slots.size(); ++slot) {
    if (plan_.slots[slot].place != Slot::Place::arena || !lives_[slot].used) continue;
    buffers.push_back({plan_.slots[slot].bytes, lives_[slot].first, lives_[slot].last, 0});
    owners.push_back(slot);
  }
  plan_.arena_bytes = place_buffers(buffers);
  for (std::size_t index = 0; index < owners.size(); ++index) plan_.slots[owners[index]].offset = buffers[index].offset;
  return std::move(plan_);
}

dnnl::primitive_attr primitive_attributes(std::span<const Eltwise> after) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops functions;
  for (const Eltwise& eltwise : after) functions.append_eltwise(1.0F, eltwise.kind, eltwise.alpha, eltwise.beta);
  if (!after.empty()) attributes.set_post_ops(functions);
  return attributes;
}

bool is_fast(const dnnl::primitive_desc_base& description) {
  return std::string_view(description.impl_info_str()).find("ref") == std::string_view::npos;
}

}  // namespace goldilocks::onednn
