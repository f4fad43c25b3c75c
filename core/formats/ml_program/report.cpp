#include "core/formats/ml_program/report.hpp"

namespace goldilocks::ml_program {

void Report::add_text(std::string_view rule, std::string problem) const {
  sink_->push_back({place(), std::move(problem), std::string(rule)});
}

std::string Report::place() const {
  std::string text;
  for (const Place& place : places_) {
    if (!text.empty()) text += ": ";
    switch (place.kind) {
      case Kind::function:
        text += fmt::format("function '{}'", place.name);
        break;
      case Kind::block:
        text += fmt::format("block {}", place.name);
        break;
      case Kind::operation:
        text += place.name.empty() ? fmt::format("operation {} ({})", place.index, place.detail)
                                   : fmt::format("operation '{}' ({})", place.name, place.detail);
        break;
      case Kind::nested_block:
        text += fmt::format("blocks[{}]", place.index);
        break;
      case Kind::other:
        text += place.detail.empty() ? std::string(place.name) : fmt::format("{} '{}'", place.name, place.detail);
        break;
    }
  }
  return text;
}

}  // namespace goldilocks::ml_program
