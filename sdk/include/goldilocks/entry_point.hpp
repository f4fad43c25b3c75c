#pragma once

#include <cstring>

#include <goldilocks/abi.h>

// What `goldilocks plugins list` shows; goldilocks_add_plugin(... VERSION ... LICENSE ...) defines both.
#ifndef GOLDILOCKS_PLUGIN_VERSION
#define GOLDILOCKS_PLUGIN_VERSION "0.0.0"
#endif
#ifndef GOLDILOCKS_PLUGIN_LICENSE
#define GOLDILOCKS_PLUGIN_LICENSE "NOASSERTION"
#endif

// Defines the library's one exported function. `factory` is an expression that gives a factory for `interface_id`, or
// null; what it throws stays inside, and the host then says that the library does not offer the interface.
// `get_extension` is as in glk_plugin: a function, or null where there are none.
#define GOLDILOCKS_EXTENDED_ENTRY_POINT(name, interface_id, factory, get_extension)                            \
  extern "C" GLK_EXPORT const glk_plugin* goldilocks_plugin() {                                                \
    static const glk_plugin plugin = {sizeof(glk_plugin),                                                      \
                                      GLK_ABI_VERSION,                                                         \
                                      name,                                                                    \
                                      GOLDILOCKS_PLUGIN_VERSION,                                               \
                                      GOLDILOCKS_PLUGIN_LICENSE,                                               \
                                      [](const char* wanted) noexcept -> const void* {                         \
                                        try {                                                                  \
                                          return std::strcmp(wanted, interface_id) == 0 ? (factory) : nullptr; \
                                        } catch (...) {                                                        \
                                          return nullptr;                                                      \
                                        }                                                                      \
                                      },                                                                       \
                                      get_extension};                                                          \
    return &plugin;                                                                                            \
  }

#define GOLDILOCKS_ENTRY_POINT(name, interface_id, factory) \
  GOLDILOCKS_EXTENDED_ENTRY_POINT(name, interface_id, factory, nullptr)
