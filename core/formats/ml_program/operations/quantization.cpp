// Values to 8 bits and back while the program runs.
#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

// One scale for all without an axis, or one for each place on the axis.
void check_scales(const Inference& op) {
  const Shape& input = op.shape("input");
  Shape expected;
  if (op.has("axis")) {
    const auto given = op.integer("axis");
    if (!given) throw Undetermined{};
    expected = {input[static_cast<std::size_t>(op.axis("axis", *given, op.rank("input")))]};
  }
  for (const std::string_view parameter : {"scale", "zero_point"}) {
    if (!op.has(parameter)) continue;
    const Shape& found = op.shape(parameter);
    op.require(may_be_equal(found, expected), "{} must be {}, and is {}", parameter,
               expected.empty() ? "one number, without an axis" : text(expected), text(found));
  }
}

void quantize(Inference& op) {
  check_scales(op);
  const ElementType element =
      op.one_of("output_dtype", {"int8", "uint8"}) == "int8" ? ElementType::int8 : ElementType::uint8;
  op.require(!op.has("zero_point") || op.element("zero_point") == element, "zero_point is {} for a result of {}",
             op.has("zero_point") ? name(op.element("zero_point")) : "", name(element));
  op.result(element, op.shape("input"));
}

void dequantize(Inference& op) {
  check_scales(op);
  op.result(op.element("scale"), op.shape("input"));
}

}  // namespace

std::vector<OperationRow> quantization_operations() {
  return {
      {"quantize",
       ios17,
       {{'S', floats}, {'D', u8 | i8}},
       {in("input", 'S'), constant("zero_point", 'D', none), constant("scale", 'S'), constant("axis", i32, none),
        constant("output_dtype", str)},
       quantize},
      {"dequantize",
       ios17,
       {{'S', u8 | i8}, {'D', floats}},
       {in("input", 'S'), constant("zero_point", 'S', none), constant("scale", 'D'), constant("axis", i32, none)},
       dequantize},
  };
}

}  // namespace goldilocks::ml_program
