// Layer and instance normalization that is written out:
//
//      d = x - mean(x),  v = mean(d * d),  d / sqrt(v + epsilon) * gamma + beta
//      x * r + (beta - mean(x) * r)         with r = gamma / sqrt(v + epsilon)
//
// Sums with a number are `linear` already (join_scalars).
#include <algorithm>
#include <optional>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

#include "core/graph/passes/passes.hpp"

namespace goldilocks::lowering {
namespace {

using Axes = std::vector<std::int64_t>;

// A mean or a deviation from it, of x along these axes.
struct Moment {
  std::uint32_t x = 0;
  Axes axes;

  friend bool operator==(const Moment&, const Moment&) = default;
};

struct Variance {
  Moment moment;
  double epsilon = 0;
};

class Matcher {
 public:
  explicit Matcher(Rewriter& rewriter) : rewriter_(rewriter) {}

  bool replace_quotient(std::size_t index) {
    const graph::OperationView operation = rewriter_.operation(index);
    if (operation.inputs().size() != 2) return false;
    const std::uint32_t left = operation.inputs()[0], right = operation.inputs()[1];
    std::optional<Variance> variance;
    if (operation.type() == "divide") {
      if (const auto square = squared_root(right, 0.5)) variance = variance_of(*square, deviation(left));
    } else if (operation.type() == "multiply") {
      if (const auto square = squared_root(right, -0.5)) variance = variance_of(*square, deviation(left));
      if (!variance) {
        if (const auto square = squared_root(left, -0.5)) variance = variance_of(*square, deviation(right));
      }
    }
    return variance && replace(index, *variance, GLK_NO_VALUE, GLK_NO_VALUE);
  }

  // add(multiply(x, r), subtract(beta, multiply(mean, r)))
  bool replace_sum(std::size_t index) {
    const graph::OperationView sum = rewriter_.operation(index);
    if (sum.type() != "add" || sum.inputs().size() != 2) return false;
    for (const std::size_t side : {0U, 1U}) {
      const auto product = rewriter_.giver(sum.inputs()[side], "multiply");
      const auto rest = rewriter_.giver(sum.inputs()[1 - side], "subtract");
      const auto shift = rest ? rewriter_.giver(rest->inputs()[1], "multiply") : std::nullopt;
      if (!product || !shift || product->inputs().size() != 2 || shift->inputs().size() != 2) continue;
      for (const std::size_t order : {0U, 1U}) {
        const std::uint32_t x = product->inputs()[order], factor = product->inputs()[1 - order];
        std::uint32_t average = shift->inputs()[0];
        if (average == factor) average = shift->inputs()[1];
        const auto moment = mean(average);
        if (!moment || moment->x != x || std::ranges::find(shift->inputs(), factor) == shift->inputs().end()) continue;
        if (replace_by_factor(index, *moment, factor, rest->inputs()[0])) return true;
      }
    }
    return false;
  }

  // A factor or a summand of a normalization that has none yet.
  bool join_parameter(std::size_t index) {
    const graph::OperationView operation = rewriter_.operation(index);
    const bool scales = operation.type() == "multiply";
    if ((!scales && operation.type() != "add") || operation.inputs().size() != 2) return false;
    for (const std::size_t side : {0U, 1U}) {
      const std::uint32_t y = operation.inputs()[side], parameter = operation.inputs()[1 - side];
      const auto inner = rewriter_.giver(y, "normalize");
      if (!inner || inner->has_input(2) || (scales && inner->has_input(1))) continue;
      if (!rewriter_.has_sole_reader(y) || !rewriter_.graph().is_constant(parameter)) continue;
      if (rewriter_.graph().dims(y) != rewriter_.graph().dims(operation.outputs()[0])) continue;
      const std::span<const std::int64_t> axes = inner->integers("axes");
      const Variance variance{{inner->inputs()[0], {axes.begin(), axes.end()}}, inner->number("epsilon")};
      if (scales) return replace(index, variance, parameter, GLK_NO_VALUE);
      return replace(index, variance, inner->has_input(1) ? inner->inputs()[1] : GLK_NO_VALUE, parameter);
    }
    return false;
  }

 private:
  bool replace(std::size_t index, const Variance& variance, std::uint32_t scale, std::uint32_t shift) {
    const std::uint32_t output = rewriter_.operation(index).outputs()[0];
    if (rewriter_.graph().dims(output) != rewriter_.graph().dims(variance.moment.x)) return false;
    if (!rewriter_.is_float(output) || !(variance.epsilon >= 0)) return false;
    rewriter_.replace(index, "normalize", {variance.moment.x, scale, shift},
                      {{"axes", variance.moment.axes}, {"epsilon", variance.epsilon}});
    return true;
  }

  bool replace_by_factor(std::size_t index, const Moment& moment, std::uint32_t factor, std::uint32_t beta) {
    std::uint32_t gamma = GLK_NO_VALUE;
    std::optional<Variance> variance = inverse_deviation(factor, moment);
    const auto product = rewriter_.giver(factor, "multiply");
    if (!variance && product && product->inputs().size() == 2) {
      for (const std::size_t side : {0U, 1U}) {
        if (variance || !rewriter_.graph().is_constant(product->inputs()[1 - side])) continue;
        variance = inverse_deviation(product->inputs()[side], moment);
        gamma = product->inputs()[1 - side];
      }
    }
    return variance && rewriter_.graph().is_constant(beta) && replace(index, *variance, gamma, beta);
  }

  std::optional<Variance> inverse_deviation(std::uint32_t value, const Moment& moment) const {
    const auto square = squared_root(value, -0.5);
    return square ? variance_of(*square, moment) : std::nullopt;
  }

  std::optional<Moment> mean(std::uint32_t value) const {
    const auto reduce = rewriter_.giver(value, "reduce_mean");
    if (!reduce || reduce->integer("keep_dims", 0) == 0 || !reduce->has_attribute("axes")) return std::nullopt;
    Moment moment{reduce->inputs()[0], {}};
    const std::size_t rank = rewriter_.graph().dims(moment.x).size();
    for (const std::int64_t axis : reduce->integers("axes")) {
      moment.axes.push_back(static_cast<std::int64_t>(graph::resolve_axis(*reduce, axis, rank)));
    }
    std::ranges::sort(moment.axes);
    return moment;
  }

  std::optional<Moment> deviation(std::uint32_t value) const {
    const auto difference = rewriter_.giver(value, "subtract");
    if (!difference) return std::nullopt;
    const auto moment = mean(difference->inputs()[1]);
    return moment && moment->x == difference->inputs()[0] ? moment : std::nullopt;
  }

  // What is squared, if the value is a square.
  std::optional<std::uint32_t> square_of(std::uint32_t value) const {
    if (const auto product = rewriter_.giver(value, "multiply"); product && product->inputs().size() == 2) {
      const bool same =
          product->inputs()[0] == product->inputs()[1] ||
          (deviation(product->inputs()[0]) && deviation(product->inputs()[0]) == deviation(product->inputs()[1]));
      return same ? std::optional(product->inputs()[0]) : std::nullopt;
    }
    return raised(value, 2);
  }

  // y, if the value is y to this power.
  std::optional<std::uint32_t> raised(std::uint32_t value, double exponent) const {
    if (const auto power = rewriter_.giver(value, "pow")) {
      return rewriter_.scalar(power->inputs()[1]) == exponent ? std::optional(power->inputs()[0]) : std::nullopt;
    }
    const auto power = rewriter_.giver(value, "power");
    if (!power || power->number("alpha") != exponent || !is_plain(*power)) return std::nullopt;
    return power->inputs()[0];
  }

  static bool is_plain(const graph::OperationView& unary) {
    return unary.number("scale", 1) == 1 && unary.number("shift", 0) == 0;
  }

  struct Square {
    std::uint32_t value;
    double added;
  };

  // v, if the value is v to the power of 0.5 or -0.5; with the number that is added to it before.
  std::optional<Square> squared_root(std::uint32_t value, double exponent) const {
    if (const auto inner = raised(value, exponent)) return Square{*inner, 0};
    const char* const name = exponent > 0 ? "sqrt" : "rsqrt";
    if (const auto root = rewriter_.giver(value, name); root && is_plain(*root)) {
      return Square{root->inputs()[0], root->number("epsilon", 0)};
    }
    const auto inverse = exponent < 0 ? rewriter_.giver(value, "inverse") : std::nullopt;
    if (!inverse || !is_plain(*inverse) || inverse->number("epsilon", 0) != 0) return std::nullopt;
    return squared_root(inverse->inputs()[0], 0.5);
  }

  // The variance around the mean that the deviation is from.
  std::optional<Variance> variance_of(Square square, const std::optional<Moment>& moment) const {
    if (!moment) return std::nullopt;
    if (const auto sum = rewriter_.giver(square.value, "linear"); sum && sum->number("alpha") == 1) {
      square = {sum->inputs()[0], square.added + sum->number("beta")};
    }
    const auto average = mean(square.value);
    const auto squared = average ? square_of(average->x) : std::nullopt;
    if (!squared || deviation(*squared) != moment || average->axes != moment->axes) return std::nullopt;
    return Variance{*moment, square.added};
  }

  Rewriter& rewriter_;
};

}  // namespace

void find_normalize(Rewriter& rewriter) {
  Matcher matcher(rewriter);
  for (std::size_t index = 0; index < rewriter.operation_count(); ++index) {
    if (matcher.replace_quotient(index) || matcher.replace_sum(index) || matcher.join_parameter(index)) continue;
  }
}

}  // namespace goldilocks::lowering
