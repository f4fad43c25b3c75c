#include "core/base/hash.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include <openssl/evp.h>

#include "core/base/open_file.hpp"

namespace goldilocks {
namespace {

constexpr std::size_t hashed_at_once = std::size_t{1} << 18U;

std::string to_hexadecimal(std::span<const unsigned char> bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()) {
    if (context_ == nullptr || EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) != 1) {
      throw std::runtime_error("SHA-256 is not available in this OpenSSL");
    }
  }
  ~Digest() { EVP_MD_CTX_free(context_); }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  Digest(Digest&&) = delete;
  Digest& operator=(Digest&&) = delete;

  void update(std::span<const std::byte> bytes) { EVP_DigestUpdate(context_, bytes.data(), bytes.size()); }

  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_, digest.data(), &size);
    return to_hexadecimal({digest.data(), size});
  }

 private:
  EVP_MD_CTX* context_;
};

}  // namespace

struct Hasher::State {
  Digest digest;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::~Hasher() = default;

Hasher& Hasher::add(std::span<const std::byte> bytes) {
  const std::uint64_t size = bytes.size();
  state_->digest.update(std::as_bytes(std::span(&size, 1)));
  state_->digest.update(bytes);
  return *this;
}

Hasher& Hasher::add(std::string_view text) { return add(std::as_bytes(std::span(text))); }

Hasher& Hasher::add(std::int64_t number) { return add(std::as_bytes(std::span(&number, 1))); }

std::string Hasher::finish() { return state_->digest.finish(); }

std::string sha256(std::span<const std::byte> bytes) {
  Digest digest;
  digest.update(bytes);
  return digest.finish();
}

std::string sha256(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

std::string sha256_of_file(const OpenFile& file) {
  Digest digest;
  const std::uint64_t size = file.size();
  std::vector<std::byte> part(std::min<std::uint64_t>(size, hashed_at_once));
  for (std::uint64_t place = 0; place < size; place += part.size()) {
    const auto bytes = std::span(part).first(std::min<std::uint64_t>(part.size(), size - place));
    file.read(place, bytes);
    digest.update(bytes);
  }
  return digest.finish();
}

std::string sha256_of_file(const std::filesystem::path& path) { return sha256_of_file(OpenFile(path)); }

}  // namespace goldilocks
