// JSON as the value of an input, of a kind that the first byte chooses: a value of that kind, or an error.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/error.hpp"
#include "core/cli/prediction_inputs.hpp"
#include "core/runtime/features.hpp"
#include "tests/fuzz/finding.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace goldilocks;
  if (size < 2 || (data[1] != '[' && data[1] != '{')) return 0;  // otherwise it names a file
  runtime::Feature input;
  input.name = "x";
  input.kind = static_cast<runtime::Kind>(data[0] % 7);
  input.integers = data[0] % 2 == 0;
  input.shape = {2, 3};
  if (input.kind == runtime::Kind::image) input.pixels = runtime::PixelFormat::rgb;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  testing::attempt([&] { runtime::as_input(input, cli::read_value(text, input, {}), false); });
  return 0;
}
