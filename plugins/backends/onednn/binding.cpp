#include "binding.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "flush_denormals.hpp"

namespace goldilocks::onednn {

Binding::Binding(std::shared_ptr<const Plan> plan, const dnnl::engine& engine)
    : plan_(std::move(plan)),
      stream_(engine),
      arena_(allocate_aligned(plan_->arena_bytes)),
      scratch_(allocate_aligned(plan_->scratch_bytes)) {
  calls_.reserve(plan_->steps.size());
  for (const Step& step : plan_->steps) {
    if (const auto* primitive = std::get_if<PrimitiveStep>(&step)) {
      bind(*primitive, engine);
    } else if (const auto* kernel = std::get_if<KernelStep>(&step)) {
      bind(*kernel);
    } else {
      bind(std::get<OwnStep>(step));
    }
  }
}

std::byte* Binding::address(SlotId slot, std::size_t* input, std::size_t* offset) const {
  std::size_t within = 0;
  while (plan_->slots[slot].place == Slot::Place::within) {
    within += plan_->slots[slot].offset;
    slot = plan_->slots[slot].parent;
  }
  const Slot& root = plan_->slots[slot];
  if (root.place == Slot::Place::arena) return arena_.get() + root.offset + within;
  if (root.place == Slot::Place::constant) {
    // Only ever read; oneDNN's handles are not const.
    return static_cast<std::byte*>(const_cast<void*>(root.constant)) + within;
  }
  *input = root.input;
  *offset = within;
  return nullptr;
}

void Binding::bind(const PrimitiveStep& step, const dnnl::engine& engine) {
  PrimitiveCall call{&step, {}};
  const auto give = [&](int role, const dnnl::memory& memory) {
    memories_.push_back(memory);
    call.arguments.push_back({role, memory.get()});
  };
  for (const PrimitiveStep::Argument& argument : step.arguments) {
    std::size_t input = 0;
    std::size_t offset = 0;
    std::byte* bytes = address(argument.slot, &input, &offset);
    const dnnl::memory memory(argument.desc, engine, bytes == nullptr ? DNNL_MEMORY_NONE : static_cast<void*>(bytes));
    if (bytes == nullptr) input_uses_.push_back({input, offset, memory, nullptr, nullptr});
    give(argument.role, memory);
  }
  for (const PrimitiveStep::Constant& constant : step.constants) give(constant.role, constant.memory);
  if (step.scratch_bytes > 0) {
    const dnnl::memory::desc desc({static_cast<std::int64_t>(step.scratch_bytes)}, dnnl::memory::data_type::u8,
                                  dnnl::memory::format_tag::x);
    give(DNNL_ARG_SCRATCHPAD, dnnl::memory(desc, engine, scratch_.get()));
  }
  calls_.emplace_back(std::move(call));
}

void Binding::bind(const KernelStep& step) {
  calls_.emplace_back(KernelCall{&step, {}, {}});
  auto& call = std::get<KernelCall>(calls_.back());
  call.inputs.resize(step.inputs.size());
  std::size_t input = 0;
  std::size_t offset = 0;
  for (std::size_t index = 0; index < step.inputs.size(); ++index) {
    const KernelStep::Operand& operand = step.inputs[index];
    if (!operand.present) continue;
    const std::byte* values = address(operand.slot, &input, &offset);
    call.inputs[index] = graph::view_of(operand.type, operand.dims, values);
    if (values == nullptr) input_uses_.push_back({input, offset, {}, &call.inputs[index], nullptr});
  }
  for (const KernelStep::Operand& operand : step.outputs) {
    call.outputs.push_back(graph::mutable_view_of(operand.type, operand.dims, address(operand.slot, &input, &offset)));
  }
}

void Binding::bind(const OwnStep& step) {
  calls_.emplace_back(OwnCall{&step, std::vector<const float*>(step.sources.size()), {}});
  auto& call = std::get<OwnCall>(calls_.back());
  std::size_t input = 0;
  std::size_t offset = 0;
  for (std::size_t index = 0; index < step.sources.size(); ++index) {
    if (!step.sources[index]) continue;
    const float*& source = call.sources[index];
    source = reinterpret_cast<const float*>(address(*step.sources[index], &input, &offset));
    if (source == nullptr) input_uses_.push_back({input, offset, {}, nullptr, &source});
  }
  for (const SlotId target : step.targets) {
    call.targets.push_back(reinterpret_cast<float*>(address(target, &input, &offset)));
  }
}

void Binding::set_inputs(std::span<const void* const> inputs) {
  if (std::ranges::equal(inputs, inputs_)) return;
  inputs_.assign(inputs.begin(), inputs.end());
  for (const InputUse& use : input_uses_) {
    const std::byte* values = static_cast<const std::byte*>(inputs_[use.input]) + use.offset;
    if (use.view != nullptr) {
      *use.view = graph::view_of(use.view->type, use.view->dims, values);
    } else if (use.source != nullptr) {
      *use.source = reinterpret_cast<const float*>(values);
    } else {
      use.memory.set_data_handle(const_cast<std::byte*>(values));
    }
  }
}

void Binding::call(const PrimitiveCall& primitive) const {
  const dnnl_status_t status =
      dnnl_primitive_execute(primitive.step->primitive.get(), stream_.get(),
                             static_cast<int>(primitive.arguments.size()), primitive.arguments.data());
  if (status != dnnl_success) {
    primitive.step->operation.fail("oneDNN failed with status " + std::to_string(static_cast<int>(status)));
  }
}

void Binding::run(std::span<const void* const> inputs) {
  set_inputs(inputs);
  for (const auto& one : calls_) {
    if (const auto* kernel = std::get_if<KernelCall>(&one)) {
      kernel->step->run(kernel->inputs, kernel->outputs);
      continue;
    }
    const FlushDenormals flush;
    if (const auto* primitive = std::get_if<PrimitiveCall>(&one)) {
      call(*primitive);
    } else {
      const auto& own = std::get<OwnCall>(one);
      own.step->run({own.sources, own.targets, scratch_.get()});
    }
  }
  stream_.wait();
}

graph::TensorView Binding::result(std::size_t index) const {
  const Plan::Result& result = plan_->results[index];
  std::size_t input = 0;
  std::size_t offset = 0;
  const std::byte* bytes = address(result.slot, &input, &offset);
  if (bytes == nullptr) bytes = static_cast<const std::byte*>(inputs_[input]) + offset;
  return graph::view_of(result.type, result.dims, bytes);
}

}  // namespace goldilocks::onednn
