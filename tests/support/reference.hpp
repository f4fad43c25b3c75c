#pragma once

#include <filesystem>

#include <gtest/gtest.h>

namespace goldilocks::testing {

// The reference data that lies beside the project; it is not part of it (see CONTRIBUTING.md).
inline std::filesystem::path reference_folder() {
  return std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / ".." / "shared" / "reference";
}

}  // namespace goldilocks::testing

// Ends a test with a visible message where a file of the reference data is missing; gives its path otherwise.
#define GOLDILOCKS_REFERENCE_OR_SKIP(variable, name)                                         \
  const std::filesystem::path variable = goldilocks::testing::reference_folder() / (name);   \
  if (!std::filesystem::exists(variable)) {                                                  \
    GTEST_SKIP() << "the reference data is not beside the project: " << (variable).string(); \
  }                                                                                          \
  static_cast<void>(0)
