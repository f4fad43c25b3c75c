// Long short-term memory: what the inputs give to the gates is one inner product of all steps by oneDNN, what goes from
// step to step is code of our own (recurrent/lstm.hpp).
//
//      x [steps, batch, ...]  --inner product-->  [steps, batch, 4, width]  --steps-->  y, h, c
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "finite.hpp"
#include "makers.hpp"
#include "recurrent/lstm.hpp"

namespace goldilocks::onednn {
namespace {

using dnnl::memory;

constexpr std::size_t first_state = 5;  // among the operation's inputs

// Rows of cells, gate by gate, filled up with zeros to `width` rows a gate.
std::vector<float> filled_up(std::span<const float> values, std::int64_t rows, std::int64_t cells, std::int64_t width) {
  const auto columns = static_cast<std::ptrdiff_t>(values.size()) / (rows * cells);
  std::vector<float> filled(static_cast<std::size_t>(rows * width * columns), 0.0F);
  for (std::int64_t row = 0; row < rows; ++row) {
    std::copy_n(values.begin() + row * cells * columns, cells * columns, filled.begin() + row * width * columns);
  }
  return filled;
}

bool is_usual(const graph::OperationView& operation) {
  return operation.text("f") == "sigmoid" && operation.text("g") == "tanh" && operation.text("h") == "tanh";
}

// The constant at an input; none where it is no constant, or not finite.
std::optional<std::span<const float>> constant(const PlanBuilder& builder, const graph::OperationView& operation,
                                               std::size_t input) {
  const graph::ValueView value = builder.graph().value(operation.inputs()[input]);
  if (!value.is_constant() || !all_finite(value.floats())) return std::nullopt;
  return value.floats();
}

// Adds the inner product; returns where its result lies. None where oneDNN has no code for it.
std::optional<SlotId> add_input_product(PlanBuilder& builder, const graph::OperationView& operation,
                                        const recurrent::Lstm& lstm, std::int64_t width) {
  const std::span<const float> weights = *constant(builder, operation, 1);
  const std::int64_t rows = lstm.steps * lstm.batch;
  const std::int64_t columns = builder.dims(operation.inputs()[1])[1];
  const std::int64_t sums = recurrent::gates * width;
  const auto matrix = [](std::int64_t height, std::int64_t length, memory::format_tag tag) {
    return memory::desc({height, length}, memory::data_type::f32, tag);
  };
  const bool biased = operation.has_input(3);
  const memory::desc source = matrix(rows, columns, memory::format_tag::ab);
  const memory::desc target = matrix(rows, sums, memory::format_tag::ab);
  const memory::desc bias =
      biased ? memory::desc({sums}, memory::data_type::f32, memory::format_tag::x) : memory::desc();
  const auto description = try_describe([&] {
    const dnnl::inner_product_forward::desc shape(dnnl::prop_kind::forward_inference, source,
                                                  matrix(sums, columns, memory::format_tag::any), bias, target);
    return dnnl::inner_product_forward::primitive_desc(shape, primitive_attributes(), builder.context().engine);
  });
  if (!description) return std::nullopt;
  PrimitiveStep step = make_step<dnnl::inner_product_forward>(operation, *description);
  std::vector<float> filled;  // must stay until the store has read it
  const auto give = [&](int role, std::size_t input, std::span<const float> values, const memory::desc& given,
                        const memory::desc& wanted) {
    const std::string key = "filled " + std::to_string(operation.inputs()[input]);
    step.constants.push_back(
        {role, builder.context().weights.get(key, given, wanted, false, [&]() -> std::span<const float> {
           filled = filled_up(values, recurrent::gates, lstm.cells, width);
           return filled;
         })});
  };
  give(DNNL_ARG_WEIGHTS, 1, weights, matrix(sums, columns, memory::format_tag::ab), description->weights_desc());
  if (biased) give(DNNL_ARG_BIAS, 3, *constant(builder, operation, 3), bias, bias);
  const SlotId result = builder.temporary(static_cast<std::size_t>(rows * sums) * sizeof(float));
  step.arguments = {{DNNL_ARG_SRC, builder.read(operation.inputs()[0], Layout::plain), source},
                    {DNNL_ARG_DST, result, target}};
  builder.add(std::move(step));
  return result;
}

}  // namespace

bool add_lstm(PlanBuilder& builder, const Group& group) {
  const graph::OperationView operation = builder.graph().operation(group.operation);
  const std::int64_t lanes = block_of(builder.context().blocked);
  const recurrent::Run run = recurrent::find_run(lanes);
  if (run == nullptr || builder.every_number() || !is_usual(operation)) return false;
  for (const std::size_t input : {1U, 2U, 3U, 4U}) {
    if (operation.has_input(input) && !constant(builder, operation, input)) return false;
  }
  const graph::Dims& sequence = builder.dims(operation.inputs()[0]);
  const recurrent::Lstm lstm{.steps = sequence[0],
                             .batch = sequence[1],
                             .cells = builder.dims(operation.inputs()[2])[1],
                             .clip = static_cast<float>(operation.number("clip")),
                             .cell_clip = static_cast<float>(operation.number("cell_clip")),
                             .coupled = operation.integer("coupled", 0) != 0,
                             .reverse = operation.integer("reverse", 0) != 0,
                             .aligned = operation.integer("aligned", 0) != 0,
                             .sequence_output = operation.integer("sequence_output", 0) != 0};
  const std::int64_t width = (lstm.cells + lanes - 1) / lanes * lanes;
  const std::optional<SlotId> sums = add_input_product(builder, operation, lstm, width);
  if (!sums) return false;

  recurrent::Call call{};
  WeightStore& store = builder.context().weights;
  const auto computed = [&](std::size_t input, std::size_t count, const auto& arrange) {
    return store.computed("lstm " + std::to_string(operation.inputs()[input]), count, arrange);
  };
  call.recursion = computed(2, recurrent::recursion_count(lstm.cells, lanes), [&](std::span<float> arranged) {
    recurrent::arrange_recursion(*constant(builder, operation, 2), lstm.cells, lanes, arranged);
  });
  if (operation.has_input(4)) {
    call.peephole = computed(4, static_cast<std::size_t>(3 * width), [&](std::span<float> filled) {
      std::ranges::copy(filled_up(*constant(builder, operation, 4), 3, lstm.cells, width), filled.begin());
    });
  }
  OwnStep step{operation, {}, recurrent::scratch_bytes(lstm, lanes), {*sums}, {}};
  for (const std::size_t state : {first_state, first_state + 1}) {
    step.sources.push_back(operation.has_input(state)
                               ? std::optional(builder.read(operation.inputs()[state], Layout::plain))
                               : std::nullopt);
  }
  for (const std::uint32_t output : operation.outputs()) step.targets.push_back(builder.write(output, Layout::plain));
  step.run = [run, lstm, call](const OwnStep::Operands& operands) {
    recurrent::Call bound = call;
    bound.inputs = operands.sources[0];
    bound.hidden = operands.sources[1];
    bound.cell = operands.sources[2];
    bound.outputs = operands.targets[0];
    bound.last_hidden = operands.targets[1];
    bound.last_cell = operands.targets[2];
    bound.scratch = operands.scratch;
    run(lstm, bound);
  };
  builder.add(std::move(step));
  return true;
}

}  // namespace goldilocks::onednn
