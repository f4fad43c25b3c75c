// A list of tensors of one shape is a tensor of the graph: its elements, one after another along the first axis. What
// is written beyond its end makes it longer.
#include <algorithm>
#include <array>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

Node list_of_op(Op& op) { return op.block().node(op.names("ls").at(0)); }

void lower_make_list(Op& op) {
  const auto element = element_type_named(op.word("dtype"));
  Dims shape = {op.has("init_length") ? op.integer("init_length") : 1};
  const Argument* dims = find_argument(op.operation(), "elem_shape");
  for (const Binding& binding : dims == nullptr ? std::vector<Binding>() : dims->bindings) {
    const Value* value = binding.value != nullptr ? binding.value.get() : op.block().find(binding.name).value;
    if (value == nullptr || !value->strings.empty()) op.fail("is run where the shape of its elements is known");
    shape.push_back(integer_at(*value, 0));
  }
  // A list of nothing has room for one element, as no tensor of the graph is empty.
  shape[0] = std::max<std::int64_t>(shape[0], 1);
  const Node zero = op.scalar(graph_type(element.value_or(ElementType::float32)), 0);
  op.give_value({{}, nullptr, nullptr, op.add("broadcast", {zero}, {{"shape", shape}})});
}

void lower_list_length(Op& op) {
  op.give(op.reshape(op.slice(op.add_as(GLK_INT32, "shape", {list_of_op(op)}), 0, 0, 1), {}));
}

void lower_list_read(Op& op) {
  const Node list = list_of_op(op);
  op.give(op.add("gather", {list, op.input("index")}, {{"axis", std::int64_t{0}}}));
}

void lower_list_gather(Op& op) {
  const Node list = list_of_op(op);
  op.give(op.add("gather", {list, op.input("indices")}, {{"axis", std::int64_t{0}}}));
}

void lower_list_write(Op& op) {
  const Node list = list_of_op(op);
  const Node index = op.input("index");
  const Node written = op.add("list_write", {list, index, op.input("value")}, {{"grows", std::int64_t{1}}});
  op.give_value({{}, nullptr, nullptr, written});
}

void lower_list_scatter(Op& op) {
  Node list = list_of_op(op);
  const auto known = op.known_integers("indices");
  if (known && !known->empty() && op.dims(list)[0] > 0) {
    const std::int64_t missing = *std::ranges::max_element(*known) + 1 - op.dims(list)[0];
    std::vector<std::int64_t> pads(2 * op.rank(list), 0);
    pads[1] = std::max<std::int64_t>(0, missing);
    if (missing > 0) list = op.add("constant_pad", {list}, {{"pads", pads}});
  }
  const Node indexes = op.input("indices");
  op.give_value({{},
                 nullptr,
                 nullptr,
                 op.add("scatter", {list, indexes, op.input("value")},
                        {{"axis", std::int64_t{0}}, {"mode", std::string("update")}})});
}

constexpr std::array list_rows = {
    LoweringRow{"list_gather", lower_list_gather, true}, LoweringRow{"list_length", lower_list_length},
    LoweringRow{"list_read", lower_list_read, true},     LoweringRow{"list_scatter", lower_list_scatter, true},
    LoweringRow{"list_write", lower_list_write, true},   LoweringRow{"make_list", lower_make_list, true},
};

}  // namespace

std::span<const LoweringRow> list_lowerings() { return list_rows; }

}  // namespace goldilocks::ml_program
