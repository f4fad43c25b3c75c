// A library whose entry point lets a C++ exception out.
#include <stdexcept>

#include <goldilocks/abi.h>

extern "C" GLK_EXPORT const glk_plugin* goldilocks_plugin() { throw std::runtime_error("no plugin today"); }
