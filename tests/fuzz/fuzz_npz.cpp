// Whatever the bytes are: arrays by their names, no larger than the archive can hold, each of which is a .npy file or
// an error; or an error.
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/error.hpp"
#include "core/data/npy.hpp"
#include "core/data/npz.hpp"
#include "tests/fuzz/finding.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace goldilocks;
  testing::attempt([&] {
    const auto arrays = data::parse_npz(std::as_bytes(std::span(data, size)), "fuzzed");
    if (arrays.empty()) testing::report_finding("an archive without arrays");
    std::size_t total = 0;
    for (const auto& array : arrays) {
      total += array.second.size();
      testing::attempt([&] { data::parse_npy(std::as_bytes(std::span(array.second)), array.first); });
    }
    // Deflate makes a byte of 1032 at most.
    if (total > 1032 * size) testing::report_finding("arrays that are larger than the archive can hold");
  });
  return 0;
}
