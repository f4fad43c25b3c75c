#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace goldilocks::ml_program {

// The sets of operations, by the first system that has them. Each holds all of the one before it.
enum class Opset : std::uint8_t { ios15, ios16, ios17, ios18, ios26 };

// "CoreML5" to "CoreML9", as a function and its blocks name the set; nothing for other names.
std::optional<Opset> opset_named(std::string_view name);
std::string_view name(Opset opset);

// The specification version that came with the set: 6 to 10.
int specification_version(Opset opset);

// "iOS 15 and macOS 12"
std::string_view systems_of(Opset opset);

}  // namespace goldilocks::ml_program
