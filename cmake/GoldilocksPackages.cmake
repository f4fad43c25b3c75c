# Debian packages by cpack: `goldilocks` (the program, its plugins, the runtime library), `goldilocks-dev` (what plugins
# and programs of others are built with) and `python3-goldilocks`. What they need of the system is read off their files by
# dpkg-shlibdeps.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME goldilocks)
set(CPACK_PACKAGE_VENDOR "The Goldilocks authors")
set(CPACK_PACKAGE_CONTACT "The Goldilocks authors")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX "/usr")
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL runtime sdk)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME goldilocks)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION science)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS "bash-completion, python3-numpy")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "Finds the smallest Core ML model that still does its job
 Quantizes a Core ML model with every function at every width, evaluates each
 variant, chooses the smallest within your limits, and reports.")

set(CPACK_DEBIAN_SDK_PACKAGE_NAME goldilocks-dev)
set(CPACK_DEBIAN_SDK_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_SDK_PACKAGE_DEPENDS "goldilocks (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_SDK_PACKAGE_RECOMMENDS "cmake, g++, make")
set(CPACK_COMPONENT_SDK_DESCRIPTION "Headers to write plugins for Goldilocks, and to link its runtime
 Quantization functions, inference backends and reports of your own, and
 Core ML inference in programs of your own.")

if(GOLDILOCKS_BUILD_PYTHON)
  list(APPEND CPACK_COMPONENTS_ALL python)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-goldilocks)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "goldilocks (= ${PROJECT_VERSION}), ${GOLDILOCKS_PYTHON_DEPENDS}")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_RECOMMENDS python3-pil)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_SUGGESTS "python3-pandas, python3-matplotlib")
  set(CPACK_COMPONENT_PYTHON_DESCRIPTION "Runs and quantizes Core ML models from Python
 Predictions by Core ML models on Linux, with coremltools' interface, and
 Goldilocks' quantization, evaluation and pipelines as functions.")
endif()
include(CPack)
