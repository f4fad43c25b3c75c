#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/plugins/backend.hpp"

namespace goldilocks::plugins {

// A result as the backend gave it.
struct TypedTensor {
  std::int32_t type = GLK_FLOAT32;
  std::vector<std::int64_t> dims;
  AlignedVector<std::byte> bytes;  // of numbers
  std::vector<std::string> texts;  // of GLK_STRING
};

// What every session of a backend can do for graphs on values of several types.
class TypedSession : public Session {
 public:
  virtual std::vector<TypedTensor> run_typed(std::span<const glk_tensor* const> inputs) = 0;
};

// Runs a session that a backend plugin's model has made: as run(), but each result in its own type. Throws PluginError.
std::vector<TypedTensor> run_typed(Session& session, std::span<const glk_tensor* const> inputs);

}  // namespace goldilocks::plugins
