#pragma once

#include <goldilocks/abi.h>

#include "core/plugins/options.hpp"

namespace goldilocks::plugins {

// Typed values as the C interface hands them to create(). `values` must outlive the accessor; any thread.
class OptionAccessor {
 public:
  explicit OptionAccessor(const OptionValues& values);
  OptionAccessor(const OptionAccessor&) = delete;
  OptionAccessor& operator=(const OptionAccessor&) = delete;

  const glk_options* get() const { return &options_; }

 private:
  glk_options options_{};
};

}  // namespace goldilocks::plugins
