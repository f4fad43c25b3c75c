// Whatever the bytes are: at every offset and for every type, as many bytes of the file as the type takes; or an error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/formats/ml_program/weight_file.hpp"
#include "tests/fuzz/finding.hpp"
#include "tests/support/temporary_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace goldilocks;
  using ml_program::ElementType;
  static const testing::TemporaryFolder folder;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  testing::attempt([&] {
    write_file_atomically(folder / "weight.bin", text);
    const ml_program::WeightFile file(folder / "weight.bin");
    for (std::uint64_t offset = 0; offset <= size; offset += 32) {
      for (const ElementType element : {ElementType::float16, ElementType::float32, ElementType::int8,
                                        ElementType::uint3, ElementType::uint1, ElementType::int4}) {
        for (const std::int64_t count : {0, 1, 3, 4, 5, 12}) {
          testing::attempt([&] {
            const auto bytes = file.blob(offset, ml_program::tensor(element, {count}));
            unsigned sum = 0;
            for (const std::byte byte : bytes) sum += static_cast<unsigned>(byte);
            if (bytes.size() != ml_program::packed_bytes(element, count) || sum > 255 * bytes.size()) {
              testing::report_finding("a blob of another size than its type takes");
            }
          });
        }
      }
    }
  });
  return 0;
}
