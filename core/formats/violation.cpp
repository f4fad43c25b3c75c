#include "core/formats/violation.hpp"

#include <fmt/format.h>

namespace goldilocks::model {

std::string Violation::text() const {
  return place.empty() ? fmt::format("{} [{}]", problem, rule) : fmt::format("{}: {} [{}]", place, problem, rule);
}

}  // namespace goldilocks::model
