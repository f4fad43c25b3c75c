// Activations, with parameters for all or for each channel.
#include <array>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

void lower_plain(Op& op) { op.give(op.add(op.operation().type, {op.input("x")})); }

void lower_alpha(Op& op) { op.give(op.add(op.operation().type, {op.input("x")}, {{"alpha", op.real("alpha")}})); }

Node with_alpha_and_beta(Op& op, const char* type) {
  return op.add(type, {op.input("x")}, {{"alpha", op.real("alpha")}, {"beta", op.real("beta")}});
}

void lower_clamped_relu(Op& op) { op.give(with_alpha_and_beta(op, "clamped_relu")); }
void lower_linear_activation(Op& op) { op.give(with_alpha_and_beta(op, "linear")); }
void lower_scaled_tanh(Op& op) { op.give(with_alpha_and_beta(op, "scaled_tanh")); }
void lower_sigmoid_hard(Op& op) { op.give(with_alpha_and_beta(op, "hard_sigmoid")); }

void lower_relu6(Op& op) { op.give(op.add("clip", {op.input("x")}, {{"minimum", 0.0}, {"maximum", 6.0}})); }

void lower_gelu(Op& op) {
  const std::string_view mode = op.word("mode");
  const char* kind = mode == "EXACT" ? "exact" : mode == "TANH_APPROXIMATION" ? "tanh" : "sigmoid";
  op.give(op.add("gelu", {op.input("x")}, {{"mode", std::string(kind)}}));
}

void lower_silu(Op& op) {
  const Node x = op.input("x");
  op.give(op.add("multiply", {x, op.add("sigmoid", {x})}));
}

void lower_softmax(Op& op) {
  const Node x = op.input("x");
  op.give(op.add("softmax", {x}, {{"axis", op.axis(op.integer("axis"), op.rank(x))}}));
}

void lower_prelu(Op& op) {
  const Node x = op.input("x");
  op.give(op.add("prelu", {x, op.per_channel(op.input("alpha"), op.rank(x))}));
}

void lower_softplus_parametric(Op& op) {
  const Node x = op.input("x");
  const Node alpha = op.per_channel(op.input("alpha"), op.rank(x));
  op.give(op.add("parametric_softplus", {x, alpha, op.per_channel(op.input("beta"), op.rank(x))}));
}

constexpr std::array activation_rows = {
    LoweringRow{"clamped_relu", lower_clamped_relu},
    LoweringRow{"elu", lower_alpha},
    LoweringRow{"gelu", lower_gelu},
    LoweringRow{"leaky_relu", lower_alpha},
    LoweringRow{"linear_activation", lower_linear_activation},
    LoweringRow{"prelu", lower_prelu},
    LoweringRow{"relu", lower_plain, true},
    LoweringRow{"relu6", lower_relu6, true},
    LoweringRow{"scaled_tanh", lower_scaled_tanh},
    LoweringRow{"sigmoid", lower_plain},
    LoweringRow{"sigmoid_hard", lower_sigmoid_hard},
    LoweringRow{"silu", lower_silu},
    LoweringRow{"softmax", lower_softmax},
    LoweringRow{"softplus", lower_plain},
    LoweringRow{"softplus_parametric", lower_softplus_parametric},
    LoweringRow{"softsign", lower_plain},
    LoweringRow{"tanh", lower_plain},
    LoweringRow{"thresholded_relu", lower_alpha, true},
};

}  // namespace

std::span<const LoweringRow> activation_lowerings() { return activation_rows; }

}  // namespace goldilocks::ml_program
