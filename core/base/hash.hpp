#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace goldilocks {

class OpenFile;

// SHA-256 over named fields. Every field is preceded by its length, so that no two different sequences of fields hash
// alike. One thread at a time.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  Hasher(Hasher&&) = delete;
  Hasher& operator=(Hasher&&) = delete;

  Hasher& add(std::string_view text);
  Hasher& add(std::span<const std::byte> bytes);
  Hasher& add(std::int64_t number);

  // 64 lower-case hexadecimal digits. The hasher can't be used afterwards.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The plain SHA-256 of the bytes (what sha256sum prints).
std::string sha256(std::span<const std::byte> bytes);
std::string sha256(std::string_view text);
// Of a file, which is read piece by piece: however large it is, it takes no memory. Throws FileError.
std::string sha256_of_file(const OpenFile& file);
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace goldilocks
