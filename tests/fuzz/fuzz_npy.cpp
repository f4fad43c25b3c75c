// Whatever the bytes are: an array whose values are as many as its shape says, or an error.
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/error.hpp"
#include "core/data/npy.hpp"
#include "tests/fuzz/finding.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace goldilocks;
  testing::attempt([&] {
    const data::NpyView array = data::parse_npy(std::as_bytes(std::span(data, size)), "fuzzed");
    std::size_t count = 1;
    for (const std::int64_t dim : array.shape) {
      if (dim < 0) testing::report_finding("a negative size");
      count *= static_cast<std::size_t>(dim);
    }
    if (count == 0 ? !array.values.empty() : array.values.size() % count != 0) {
      testing::report_finding("the values don't fill the shape");
    }
    unsigned sum = 0;
    for (const std::byte value : array.values) sum += std::to_integer<unsigned>(value);  // all can be read
    if (sum > 255 * array.values.size()) testing::report_finding("a byte above 255");
  });
  return 0;
}
