# goldilocks_add_plugin(<name> KIND quantizer|backend|report SOURCES <file>...
#                       [LINK <target>...] [VERSION <version>] [LICENSE <SPDX expression>])
#
# Builds one plugin: the library goldilocks-<kind>-<name>.so, which exports its entry point alone. It is used by the
# bundled plugins and by those of others alike. VERSION defaults to the project's; LICENSE to the variable
# GOLDILOCKS_PLUGIN_LICENSE. Where GOLDILOCKS_PLUGIN_OUTPUT_DIRECTORY or GOLDILOCKS_PLUGIN_INSTALL_DIRECTORY are set, the
# library is built or installed there.
set(_GOLDILOCKS_PLUGIN_SYMBOLS "${CMAKE_CURRENT_LIST_DIR}/plugin-symbols.map")

function(goldilocks_add_plugin name)
  cmake_parse_arguments(ARG "" "KIND;VERSION;LICENSE" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_KIND MATCHES "^(quantizer|backend|report)$")
    message(FATAL_ERROR "goldilocks_add_plugin(${name}): KIND must be quantizer, backend or report")
  endif()
  if(NOT name MATCHES "^[a-z0-9_]+$")
    message(FATAL_ERROR "goldilocks_add_plugin(${name}): a name has only a-z, 0-9 and _")
  endif()
  if(NOT ARG_SOURCES)
    message(FATAL_ERROR "goldilocks_add_plugin(${name}): SOURCES are missing")
  endif()
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "goldilocks_add_plugin(${name}): unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_VERSION)
    set(ARG_VERSION "${PROJECT_VERSION}")
  endif()
  if(NOT ARG_LICENSE)
    set(ARG_LICENSE "${GOLDILOCKS_PLUGIN_LICENSE}")
  endif()

  set(target goldilocks-${ARG_KIND}-${name})
  add_library(${target} MODULE ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE Goldilocks::sdk ${ARG_LINK})
  set_target_properties(${target} PROPERTIES
    PREFIX "" SUFFIX ".so" CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF C_EXTENSIONS OFF
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS "${_GOLDILOCKS_PLUGIN_SYMBOLS}")
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  target_link_options(${target} PRIVATE "LINKER:--version-script=${_GOLDILOCKS_PLUGIN_SYMBOLS}")
  if(ARG_VERSION)
    target_compile_definitions(${target} PRIVATE "GOLDILOCKS_PLUGIN_VERSION=\"${ARG_VERSION}\"")
  endif()
  if(ARG_LICENSE)
    target_compile_definitions(${target} PRIVATE "GOLDILOCKS_PLUGIN_LICENSE=\"${ARG_LICENSE}\"")
  endif()
  if(NOT GOLDILOCKS_SANITIZE)
    target_link_options(${target} PRIVATE "LINKER:--no-undefined")
  endif()
  if(TARGET goldilocks_warnings)
    target_link_libraries(${target} PRIVATE goldilocks_warnings)
  endif()
  if(GOLDILOCKS_PLUGIN_OUTPUT_DIRECTORY)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${GOLDILOCKS_PLUGIN_OUTPUT_DIRECTORY}")
  endif()
  if(GOLDILOCKS_PLUGIN_INSTALL_DIRECTORY)
    set_property(GLOBAL APPEND PROPERTY GOLDILOCKS_INSTALLED_PLUGINS ${target})
    install(TARGETS ${target} LIBRARY DESTINATION "${GOLDILOCKS_PLUGIN_INSTALL_DIRECTORY}")
  endif()
endfunction()
