#pragma once

#include <cstddef>
#include <cstdint>

// What is done with every model that comes in: load, inspect, both network passes; every function that is there at its
// narrowest and widest width, write, load again, dequantize, write, load again. Returns 0 whatever the bytes; ends the
// process where an error other than the documented ones is thrown, or what was written can't be read again. The
// functions are those in the build tree. One thread at a time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
