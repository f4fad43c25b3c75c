#include "core/formats/ml_program/operations/inference.hpp"

#include <algorithm>

namespace goldilocks::ml_program {
namespace {

// No tensor has a longer dimension (see has_sane_size).
constexpr std::int64_t largest = std::int64_t{1} << 57U;

}  // namespace

const BoundParameter* Inference::find(std::string_view parameter) const {
  for (const BoundParameter& bound : parameters_) {
    if (bound.parameter->name == parameter) return &bound;
  }
  return nullptr;
}

const Default* Inference::fallback(std::string_view parameter) const {
  const Parameter* row = row_->parameter(parameter);
  return row == nullptr ? nullptr : &row->fallback;
}

const Type& Inference::type(std::string_view parameter) const {
  const BoundParameter* bound = find(parameter);
  if (bound == nullptr || bound->bindings.size() != 1) throw Undetermined{};
  return *bound->bindings[0].type;
}

std::span<const Known> Inference::each(std::string_view parameter) const {
  const BoundParameter* bound = find(parameter);
  return bound == nullptr ? std::span<const Known>() : std::span<const Known>(bound->bindings);
}

bool Inference::is_constant(std::string_view parameter) const {
  const BoundParameter* bound = find(parameter);
  return bound != nullptr && bound->bindings.size() == 1 && bound->bindings[0].constant;
}

const Shape& Inference::shape(std::string_view parameter) const {
  const Type& found = type(parameter);
  if (!found.is_tensor() || !found.ranked) throw Undetermined{};
  return found.shape;
}

const Value* Inference::value(std::string_view parameter) const {
  const BoundParameter* bound = find(parameter);
  return bound == nullptr || bound->bindings.size() != 1 ? nullptr : bound->bindings[0].value;
}

std::optional<std::int64_t> Inference::integer(std::string_view parameter) const {
  if (!has(parameter)) {
    const Default* absent = fallback(parameter);
    const auto* number = absent == nullptr ? nullptr : std::get_if<std::int64_t>(absent);
    return number == nullptr ? std::nullopt : std::optional(*number);
  }
  const auto numbers = integers(parameter);
  if (!numbers) return std::nullopt;
  require(numbers->size() == 1, "{} must be one number, and has {}", parameter, numbers->size());
  return numbers->front();
}

std::optional<std::vector<std::int64_t>> Inference::integers(std::string_view parameter) const {
  const Value* found = value(parameter);
  if (found == nullptr || !found->type.is_tensor()) return std::nullopt;
  std::vector<std::int64_t> numbers(element_count(*found));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = integer_at(*found, i);
  return numbers;
}

std::optional<double> Inference::real(std::string_view parameter) const {
  if (!has(parameter)) {
    const Default* absent = fallback(parameter);
    const auto* number = absent == nullptr ? nullptr : std::get_if<double>(absent);
    return number == nullptr ? std::nullopt : std::optional(*number);
  }
  const Value* found = value(parameter);
  if (found == nullptr || element_count(*found) != 1) return std::nullopt;
  return number_at(*found, 0);
}

std::optional<bool> Inference::flag(std::string_view parameter) const {
  if (!has(parameter)) {
    const Default* absent = fallback(parameter);
    const auto* number = absent == nullptr ? nullptr : std::get_if<bool>(absent);
    return number == nullptr ? std::nullopt : std::optional(*number);
  }
  const auto number = integer(parameter);
  return number ? std::optional(*number != 0) : std::nullopt;
}

std::optional<std::string_view> Inference::word(std::string_view parameter) const {
  if (!has(parameter)) {
    const Default* absent = fallback(parameter);
    const auto* found = absent == nullptr ? nullptr : std::get_if<std::string_view>(absent);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }
  const Value* found = value(parameter);
  if (found == nullptr) return std::nullopt;
  require(found->strings.size() == 1, "{} must be one string", parameter);
  return found->strings[0];
}

std::string_view Inference::one_of(std::string_view parameter, std::initializer_list<std::string_view> words) const {
  const auto found = word(parameter);
  if (!found) throw Undetermined{};
  require(std::ranges::find(words, *found) != words.end(), "{} is '{}', which is not one of {}", parameter, *found,
          fmt::join(words, ", "));
  return *found;
}

void Inference::require_rank(std::string_view parameter, std::int64_t low, std::int64_t high) const {
  const std::int64_t found = rank(parameter);
  if (low == high) {
    require(found == low, "{} must have {} dimensions, and has {}", parameter, low, found);
  } else {
    require(found >= low && found <= high, "{} must have {} to {} dimensions, and has {}", parameter, low, high, found);
  }
}

void Inference::require_length(std::string_view parameter, std::size_t length) const {
  const auto numbers = integers(parameter);
  require(!numbers || numbers->size() == length, "{} must have {} numbers, and has {}", parameter, length,
          numbers ? numbers->size() : 0);
}

std::int64_t Inference::axis(std::string_view parameter, std::int64_t axis, std::int64_t rank) const {
  require(axis >= -rank && axis < rank, "{} {} is not one of {} dimensions", parameter, axis, rank);
  return axis < 0 ? axis + rank : axis;
}

std::set<std::int64_t> Inference::axes(std::string_view parameter, std::int64_t rank) const {
  const auto given = integers(parameter);
  if (!given) throw Undetermined{};
  std::set<std::int64_t> found;
  for (const std::int64_t number : *given) {
    require(found.insert(axis(parameter, number, rank)).second, "{} names axis {} twice", parameter, number);
  }
  return found;
}

std::int64_t product(std::int64_t a, std::int64_t b) {
  if (a == unknown || b == unknown) return unknown;
  if (a != 0 && b > largest / a) throw BrokenRule{"the result is larger than any memory"};
  return a * b;
}

std::int64_t product(std::span<const std::int64_t> dims) {
  std::int64_t total = 1;
  for (const std::int64_t dim : dims) total = product(total, dim);
  return total;
}

std::int64_t sum(std::int64_t a, std::int64_t b) {
  if (a == unknown || b == unknown) return unknown;
  if (a > largest - b) throw BrokenRule{"the result is larger than any memory"};
  return a + b;
}

bool unify(std::int64_t& a, std::int64_t b) {
  if (a == unknown) a = b;
  return b == unknown || a == b;
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& dim = result[offset + i];
    const std::int64_t other = shorter[i];
    if (other == dim || other == 1) continue;
    // A length above 1 decides where the other is unknown; two that are unknown, or one beside a 1, stay so.
    if (dim == 1 || (dim == unknown && other != unknown)) {
      dim = other;
    } else if (other != unknown) {
      return std::nullopt;
    }
  }
  return result;
}

bool may_be_equal(const Shape& a, const Shape& b) {
  return std::ranges::equal(a, b,
                            [](std::int64_t x, std::int64_t y) { return x == y || x == unknown || y == unknown; });
}

void same_as_x(Inference& op) { op.result(op.type("x")); }

}  // namespace goldilocks::ml_program
