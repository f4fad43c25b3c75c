#include "core/formats/ml_program/opset.hpp"

#include <array>
#include <cstddef>

namespace goldilocks::ml_program {
namespace {

struct OpsetFacts {
  std::string_view name;
  int specification_version;
  std::string_view systems;
};

constexpr std::array<OpsetFacts, 5> opset_facts = {{{"CoreML5", 6, "iOS 15 and macOS 12"},
                                                    {"CoreML6", 7, "iOS 16 and macOS 13"},
                                                    {"CoreML7", 8, "iOS 17 and macOS 14"},
                                                    {"CoreML8", 9, "iOS 18 and macOS 15"},
                                                    {"CoreML9", 10, "iOS 26 and macOS 26"}}};

}  // namespace

std::optional<Opset> opset_named(std::string_view name) {
  for (std::size_t i = 0; i < opset_facts.size(); ++i) {
    if (opset_facts[i].name == name) return static_cast<Opset>(i);
  }
  return std::nullopt;
}

std::string_view name(Opset opset) { return opset_facts[static_cast<std::size_t>(opset)].name; }

int specification_version(Opset opset) { return opset_facts[static_cast<std::size_t>(opset)].specification_version; }

std::string_view systems_of(Opset opset) { return opset_facts[static_cast<std::size_t>(opset)].systems; }

}  // namespace goldilocks::ml_program
