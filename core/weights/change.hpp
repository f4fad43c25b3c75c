#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/weights/stored.hpp"

namespace goldilocks::weights {

// What is to become of one weight of a model.
struct Change {
  std::optional<Stored> content{};  // nothing: it stays as it is
  std::string note{};               // why it stays, or what there is to say
  bool may_be_floats = false;       // where its codes turn out to be no smaller
  bool is_lossless = false;         // floats in its place must keep every value
};

}  // namespace goldilocks::weights
