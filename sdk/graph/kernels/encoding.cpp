// Categories, dictionaries and parts of lists. A dictionary is two lists of one length, its keys and its values.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <string_view>

#include "kernels/families.hpp"
#include "kernels/producing.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Types = std::span<const std::int32_t>;

void check_dictionary(const OperationView& operation, const TensorView& keys, const TensorView& values) {
  if (keys.size() != values.size()) operation.fail("is given a dictionary with more keys than values, or fewer");
}

void check_one(const OperationView& operation, const TensorView& tensor) {
  if (tensor.size() != 1) operation.fail("takes one value, not " + std::to_string(tensor.size()));
}

// Where the category stands in the list; by the attribute `unknown`, one that isn't there is an error or none.
std::optional<std::size_t> known_category(const OperationView& operation, Inputs inputs) {
  check_one(operation, inputs[0]);
  const auto found = find_category(operation, inputs[0], 0, inputs[1]);
  if (!found && operation.text("unknown", "error") != "ignore") {
    operation.fail("doesn't know the category " + element_text(inputs[0], 0));
  }
  return found;
}

Produced encode_category(const OperationView& operation, Inputs inputs, Types) {
  Doubles places(inputs[1].size(), 0.0);
  if (const auto found = known_category(operation, inputs)) places[*found] = 1;
  return {list_of(places)};
}

Produced category_entry(const OperationView& operation, Inputs inputs, Types types) {
  const auto found = known_category(operation, inputs);
  Produced results;
  if (types[0] == GLK_INT64) {
    results.push_back(list_of(found ? Integers{static_cast<std::int64_t>(*found)} : Integers()));
  } else {
    results.push_back(found ? copy_of(inputs[0]) : OwnedTensor::zeros(GLK_STRING, {0}));
  }
  results.push_back(list_of(found ? Doubles{1} : Doubles()));
  return results;
}

Produced map_categories(const OperationView& operation, Inputs inputs, Types) {
  const TensorView& to = inputs[2];
  check_dictionary(operation, inputs[1], to);
  const bool has_fallback = operation.has_input(3);
  if (has_fallback && inputs[3].type != to.type) operation.fail("has a fallback of another type than its table");
  if (has_fallback) check_one(operation, inputs[3]);
  OwnedTensor mapped = OwnedTensor::zeros(to.type, Dims(inputs[0].dims.begin(), inputs[0].dims.end()));
  visit_storage(to.type, [&](auto kind) {
    const auto out = mapped.mutable_view().template elements<decltype(kind)>();
    for (std::size_t element = 0; element < inputs[0].size(); ++element) {
      const auto found = find_category(operation, inputs[0], element, inputs[1]);
      if (!found && !has_fallback) {
        operation.fail("doesn't know the category " + element_text(inputs[0], element));
      }
      out[element] = found ? to.elements<decltype(kind)>()[*found] : inputs[3].template elements<decltype(kind)>()[0];
    }
  });
  return {std::move(mapped)};
}

Produced vectorize_dictionary(const OperationView& operation, Inputs inputs, Types) {
  check_dictionary(operation, inputs[0], inputs[1]);
  const Doubles values = numbers_of(operation, inputs[1]);
  Doubles places(inputs[2].size(), 0.0);
  for (std::size_t element = 0; element < values.size(); ++element) {
    if (const auto found = find_category(operation, inputs[0], element, inputs[2])) places[*found] = values[element];
  }
  return {list_of(places)};
}

Produced extract(const OperationView& operation, Inputs inputs, Types) {
  std::vector<std::size_t> places;
  for (const std::int64_t index : operation.integers("indexes")) {
    if (index < 0 || static_cast<std::size_t>(index) >= inputs[0].size()) {
      operation.fail("takes the element " + std::to_string(index) + " of " + std::to_string(inputs[0].size()));
    }
    places.push_back(static_cast<std::size_t>(index));
  }
  return {elements_at(inputs[0], places, {static_cast<std::int64_t>(places.size())})};
}

Produced join(const OperationView& operation, Inputs inputs, Types) {
  Doubles all;
  for (const TensorView& input : inputs) {
    if (!input.present()) operation.fail("misses an input");
    const Doubles numbers = numbers_of(operation, input);
    all.insert(all.end(), numbers.begin(), numbers.end());
  }
  return {list_of(all)};
}

// Whether an element is the mark that stands for what is missing.
bool is_missing(const TensorView& tensor, std::size_t element, const TensorView& mark) {
  if (tensor.type == GLK_STRING) {
    return std::string_view(tensor.elements<const char*>()[element]) == mark.elements<const char*>()[0];
  }
  bool same = false;
  visit_number_type(tensor.type, [&](auto kind) {
    const auto value = tensor.elements<decltype(kind)>()[element];
    const auto wanted = mark.elements<decltype(kind)>()[0];
    same = value == wanted;
    if constexpr (std::is_floating_point_v<decltype(kind)>) same = same || (std::isnan(wanted) && std::isnan(value));
  });
  return same;
}

Produced replace(const OperationView& operation, Inputs inputs, Types) {
  const TensorView& mark = inputs[1];
  const TensorView& substitutes = inputs[2];
  check_one(operation, mark);
  if (mark.type != inputs[0].type || substitutes.type != inputs[0].type) {
    operation.fail("is given values of several types");
  }
  if (substitutes.size() != 1 && substitutes.size() != inputs[0].size()) {
    operation.fail("has " + std::to_string(substitutes.size()) + " substitutes for " +
                   std::to_string(inputs[0].size()) + " values");
  }
  OwnedTensor replaced = copy_of(inputs[0]);
  visit_storage(inputs[0].type, [&](auto kind) {
    const auto out = replaced.mutable_view().template elements<decltype(kind)>();
    const auto with = substitutes.elements<decltype(kind)>();
    for (std::size_t element = 0; element < out.size(); ++element) {
      if (is_missing(inputs[0], element, mark)) out[element] = with[with.size() == 1 ? 0 : element];
    }
  });
  return {std::move(replaced)};
}

constexpr std::size_t any = std::numeric_limits<std::size_t>::max();
constexpr std::array list = {
    producing<2, 2, 2>("category_entry", category_entry),
    producing<2, 2, 1>("encode_category", encode_category),
    producing<1, 1, 1>("extract", extract),
    producing<1, any, 1>("join", join),
    producing<3, 4, 1>("map_categories", map_categories),
    producing<3, 3, 1>("replace", replace),
    producing<3, 3, 1>("vectorize_dictionary", vectorize_dictionary),
};

}  // namespace

std::span<const Kernel> encoding_kernels() { return list; }

}  // namespace goldilocks::graph
