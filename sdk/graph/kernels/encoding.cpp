// Categories, dictionaries and parts of lists. A dictionary is two lists of one length, its keys and its values.
#include <algorithm>
#include <cmath>

#include "typed.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TypedTensor* const>;
using Outputs = std::span<TypedTensor>;

void check_dictionary(const OperationView& operation, const TypedTensor& keys, const TypedTensor& values) {
  if (keys.size() != values.size()) operation.fail("is given a dictionary with more keys than values, or fewer");
}

void check_one(const OperationView& operation, const TypedTensor& tensor) {
  if (tensor.size() != 1) operation.fail("takes one value, not " + std::to_string(tensor.size()));
}

// Where the category stands in the list; by the attribute `unknown`, one that isn't there is an error or none.
std::optional<std::size_t> known_category(const OperationView& operation, Inputs inputs) {
  check_one(operation, *inputs[0]);
  const auto found = find_category(operation, *inputs[0], 0, *inputs[1]);
  if (!found && operation.text("unknown", "error") != "ignore") {
    operation.fail("doesn't know the category " + element_text(*inputs[0], 0));
  }
  return found;
}

void encode_category(const OperationView& operation, Inputs inputs, Outputs outputs) {
  Doubles places(inputs[1]->size(), 0.0);
  if (const auto found = known_category(operation, inputs)) places[*found] = 1;
  outputs[0] = list_of(std::move(places));
}

void category_entry(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const auto found = known_category(operation, inputs);
  if (outputs[0].type() == GLK_INT64) {
    outputs[0] = list_of(found ? Integers{static_cast<std::int64_t>(*found)} : Integers());
  } else {
    outputs[0] = found ? *inputs[0] : list_of(Texts());
  }
  outputs[1] = list_of(found ? Doubles{1} : Doubles());
}

void map_categories(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const TypedTensor& to = *inputs[2];
  check_dictionary(operation, *inputs[1], to);
  const bool has_fallback = operation.has_input(3);
  if (has_fallback && inputs[3]->type() != to.type()) operation.fail("has a fallback of another type than its table");
  if (has_fallback) check_one(operation, *inputs[3]);
  const auto map_to = [&](const auto& table) {
    std::decay_t<decltype(table)> mapped;
    for (std::size_t element = 0; element < inputs[0]->size(); ++element) {
      const auto found = find_category(operation, *inputs[0], element, *inputs[1]);
      if (!found && !has_fallback) {
        operation.fail("doesn't know the category " + element_text(*inputs[0], element));
      }
      mapped.push_back(found ? table[*found] : std::get<std::decay_t<decltype(table)>>(inputs[3]->values)[0]);
    }
    outputs[0] = {inputs[0]->dims, std::move(mapped)};
  };
  std::visit(map_to, to.values);
}

void vectorize_dictionary(const OperationView& operation, Inputs inputs, Outputs outputs) {
  check_dictionary(operation, *inputs[0], *inputs[1]);
  const Doubles values = numbers_of(operation, *inputs[1]);
  Doubles places(inputs[2]->size(), 0.0);
  for (std::size_t element = 0; element < values.size(); ++element) {
    if (const auto found = find_category(operation, *inputs[0], element, *inputs[2])) places[*found] = values[element];
  }
  outputs[0] = list_of(std::move(places));
}

void extract(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::span<const std::int64_t> indexes = operation.integers("indexes");
  const auto take = [&](const auto& elements) {
    std::decay_t<decltype(elements)> taken;
    for (const std::int64_t index : indexes) {
      if (index < 0 || static_cast<std::size_t>(index) >= elements.size()) {
        operation.fail("takes the element " + std::to_string(index) + " of " + std::to_string(elements.size()));
      }
      taken.push_back(elements[static_cast<std::size_t>(index)]);
    }
    outputs[0] = {{static_cast<std::int64_t>(indexes.size())}, std::move(taken)};
  };
  std::visit(take, inputs[0]->values);
}

void join(const OperationView& operation, Inputs inputs, Outputs outputs) {
  Doubles all;
  for (const TypedTensor* input : inputs) {
    if (input == nullptr) operation.fail("misses an input");
    const Doubles numbers = numbers_of(operation, *input);
    all.insert(all.end(), numbers.begin(), numbers.end());
  }
  outputs[0] = list_of(std::move(all));
}

template <class Element>
bool is_missing(const Element& element, const Element& mark) {
  if constexpr (std::is_floating_point_v<Element>) {
    if (std::isnan(mark)) return std::isnan(element);
  }
  return element == mark;
}

void replace(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const TypedTensor& mark = *inputs[1];
  const TypedTensor& substitutes = *inputs[2];
  check_one(operation, mark);
  if (mark.type() != inputs[0]->type() || substitutes.type() != inputs[0]->type()) {
    operation.fail("is given values of several types");
  }
  if (substitutes.size() != 1 && substitutes.size() != inputs[0]->size()) {
    operation.fail("has " + std::to_string(substitutes.size()) + " substitutes for " +
                   std::to_string(inputs[0]->size()) + " values");
  }
  const auto replace_in = [&](const auto& elements) {
    using List = std::decay_t<decltype(elements)>;
    List replaced = elements;
    const List& with = std::get<List>(substitutes.values);
    for (std::size_t element = 0; element < replaced.size(); ++element) {
      if (is_missing<typename List::value_type>(elements[element], std::get<List>(mark.values)[0])) {
        replaced[element] = with[with.size() == 1 ? 0 : element];
      }
    }
    outputs[0] = {inputs[0]->dims, std::move(replaced)};
  };
  std::visit(replace_in, inputs[0]->values);
}

constexpr std::size_t any = std::numeric_limits<std::size_t>::max();
constexpr TypedKernel kernels[] = {
    {"category_entry", 2, 2, 2, &category_entry},
    {"encode_category", 2, 2, 1, &encode_category},
    {"extract", 1, 1, 1, &extract},
    {"join", 1, any, 1, &join},
    {"map_categories", 3, 4, 1, &map_categories},
    {"replace", 3, 3, 1, &replace},
    {"vectorize_dictionary", 3, 3, 1, &vectorize_dictionary},
};

}  // namespace

std::span<const TypedKernel> encoding_kernels() { return kernels; }

std::string element_text(const TypedTensor& tensor, std::size_t element) {
  const auto print = [&](const auto& elements) -> std::string {
    if constexpr (std::is_same_v<std::decay_t<decltype(elements)>, Texts>)
      return "'" + elements[element] + "'";
    else
      return std::to_string(elements[element]);
  };
  return std::visit(print, tensor.values);
}

std::optional<std::size_t> find_category(const OperationView& operation, const TypedTensor& tensor, std::size_t element,
                                         const TypedTensor& list) {
  if (tensor.type() != list.type()) operation.fail("compares values of different types");
  const auto find_in = [&](const auto& elements) -> std::optional<std::size_t> {
    const auto& wanted = std::get<std::decay_t<decltype(elements)>>(tensor.values)[element];
    const auto found = std::ranges::find(elements, wanted);
    if (found == elements.end()) return std::nullopt;
    return static_cast<std::size_t>(found - elements.begin());
  };
  return std::visit(find_in, list.values);
}

Doubles numbers_of(const OperationView& operation, const TypedTensor& tensor) {
  const auto convert = [&](const auto& elements) -> Doubles {
    if constexpr (std::is_same_v<std::decay_t<decltype(elements)>, Texts>) {
      operation.fail("takes numbers, and is given text");
    } else {
      Doubles numbers;
      for (const auto element : elements) numbers.push_back(static_cast<double>(element));
      return numbers;
    }
  };
  return std::visit(convert, tensor.values);
}

TypedTensor list_of(Doubles values) { return {{static_cast<std::int64_t>(values.size())}, std::move(values)}; }
TypedTensor list_of(Integers values) { return {{static_cast<std::int64_t>(values.size())}, std::move(values)}; }
TypedTensor list_of(Texts values) { return {{static_cast<std::int64_t>(values.size())}, std::move(values)}; }

}  // namespace goldilocks::graph
