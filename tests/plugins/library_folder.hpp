#pragma once

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::plugins {

// The libraries that this folder's CMakeLists.txt builds.
inline std::filesystem::path library_folder() { return GOLDILOCKS_TEST_LIBRARIES; }

inline std::filesystem::path quantizer_library(const std::string& name) {
  return library_folder() / ("goldilocks-quantizer-" + name + ".so");
}

// The message of the PluginError that a call throws; "" and a failure if it throws none.
template <class Call>
std::string plugin_error(const Call& call) {
  try {
    call();
  } catch (const PluginError& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace goldilocks::plugins
