// Activations. Their parameters have x's type at first, and from iOS 17 on a type of their own.
#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/operations/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using enum Opset;

void gelu(Inference& op) {
  op.one_of("mode", {"EXACT", "TANH_APPROXIMATION", "SIGMOID_APPROXIMATION"});
  same_as_x(op);
}

void softmax(Inference& op) {
  if (const auto axis = op.integer("axis")) op.axis("axis", *axis, op.rank("x"));
  same_as_x(op);
}

void require_channels(const Inference& op, std::string_view parameter) {
  const Shape& x = op.shape("x");
  const Shape& given = op.shape(parameter);
  op.require(given.size() == 1, "{} must be a vector, not {}", parameter, text(given));
  op.require(x[1] == unknown || given[0] == x[1], "{} has {} numbers, x {} channels", parameter, given[0], x[1]);
}

void prelu(Inference& op) {
  op.require_rank("x", 3, 5);
  require_channels(op, "alpha");
  const Value* alpha = op.value("alpha");
  // Apple's tools know one number alone for all channels there.
  if (op.rank("x") != 4 && alpha != nullptr) {
    for (std::size_t i = 1; i < element_count(*alpha); ++i) {
      const double difference = number_at(*alpha, i) - number_at(*alpha, 0);
      op.require(difference <= 1e-5 && difference >= -1e-5,
                 "alpha must be the same for all channels where x has {} dimensions", op.rank("x"));
    }
  }
  same_as_x(op);
}

void softplus_parametric(Inference& op) {
  op.require(op.rank("x") >= 3, "x must have at least 3 dimensions, and has {}", op.rank("x"));
  require_channels(op, "alpha");
  require_channels(op, "beta");
  same_as_x(op);
}

OperationRow unary(std::string_view name) { return {name, ios15, {{'T', floats}}, {in("x", 'T')}, same_as_x}; }

OperationRow with_alpha(std::string_view name, Opset since, Rule rule = same_as_x) {
  if (since == ios15) return {name, since, {{'T', floats}}, {in("x", 'T'), constant("alpha", 'T')}, rule};
  return {name, since, {{'T', floats}, {'U', floats}}, {in("x", 'T'), constant("alpha", 'U')}, rule};
}

OperationRow with_alpha_beta(std::string_view name, Opset since, Rule rule = same_as_x) {
  OperationRow row = with_alpha(name, since, rule);
  row.parameters.push_back(constant("beta", since == ios15 ? 'T' : 'U'));
  return row;
}

}  // namespace

std::vector<OperationRow> activation_operations() {
  return {
      unary("relu"),
      unary("relu6"),
      unary("sigmoid"),
      unary("silu"),
      unary("softplus"),
      unary("softsign"),
      {"gelu", ios15, {{'T', floats}}, {in("x", 'T'), constant("mode", str, word("EXACT"))}, gelu},
      {"softmax", ios15, {{'T', floats}}, {in("x", 'T'), constant("axis", i32, number(-1))}, softmax},

      with_alpha("elu", ios15),
      with_alpha("elu", ios17),
      with_alpha("leaky_relu", ios15),
      with_alpha("leaky_relu", ios17),
      with_alpha("thresholded_relu", ios15),
      with_alpha("thresholded_relu", ios17),
      with_alpha("prelu", ios15, prelu),
      with_alpha("prelu", ios17, prelu),

      with_alpha_beta("clamped_relu", ios15),
      with_alpha_beta("clamped_relu", ios17),
      with_alpha_beta("linear_activation", ios15),
      with_alpha_beta("linear_activation", ios17),
      with_alpha_beta("scaled_tanh", ios15),
      with_alpha_beta("scaled_tanh", ios17),
      with_alpha_beta("sigmoid_hard", ios15),
      with_alpha_beta("sigmoid_hard", ios17),
      with_alpha_beta("softplus_parametric", ios15, softplus_parametric),
      with_alpha_beta("softplus_parametric", ios17, softplus_parametric),
  };
}

}  // namespace goldilocks::ml_program
