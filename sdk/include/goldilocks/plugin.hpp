#pragma once

// Everything that a plugin in C++20 needs: derive a class from LutQuantizer, Quantizer, Backend or Report, and name it
// in GOLDILOCKS_QUANTIZER, GOLDILOCKS_BACKEND or GOLDILOCKS_REPORT. Header-only; docs/writing-a-plugin.md begins with a
// complete example.
#include <goldilocks/backend.hpp>
#include <goldilocks/quantizer.hpp>
#include <goldilocks/report.hpp>
