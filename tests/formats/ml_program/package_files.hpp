#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/formats/coreml/model_file.hpp"

namespace goldilocks::ml_program::testing {

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// The manifest of a package with a model and, if asked for, a folder of weights.
inline std::string small_manifest(bool weights = true) {
  const std::string folder = R"(,
    "W": {"author": "com.apple.CoreML", "description": "", "name": "weights", "path": "com.apple.CoreML/weights"})";
  return R"({"fileFormatVersion": "1.0.0", "rootModelIdentifier": "M", "itemInfoEntries": {
    "M": {"author": "com.apple.CoreML", "description": "", "name": "model.mlmodel",
          "path": "com.apple.CoreML/model.mlmodel"})" +
         (weights ? folder : std::string()) + "}}";
}

// A weight file, blob by blob.
class BlobBytes {
 public:
  BlobBytes() : bytes_(64, '\0') { put<std::uint32_t>(4, 2); }

  // The offset of the blob.
  std::uint64_t add(std::uint32_t code, const std::vector<std::uint8_t>& data, std::uint64_t unused_bits = 0) {
    bytes_.resize((bytes_.size() + 63) / 64 * 64, '\0');
    const std::uint64_t offset = bytes_.size();
    bytes_.resize(offset + 64, '\0');
    put<std::uint32_t>(offset, 0xDEADBEEF);
    put<std::uint32_t>(offset + 4, code);
    put<std::uint64_t>(offset + 8, data.size());
    put<std::uint64_t>(offset + 16, offset + 64);
    put<std::uint64_t>(offset + 24, unused_bits);
    bytes_.append(data.begin(), data.end());
    return offset;
  }

  template <class T>
  void put(std::uint64_t offset, T number) {
    std::memcpy(bytes_.data() + offset, &number, sizeof(T));
  }

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// A package folder with this model and this weight file ("" for none).
inline void write_package(const std::filesystem::path& folder, const model::spec::Model& model,
                          const std::string& weights = {}) {
  write_text(folder / "Manifest.json", small_manifest(!weights.empty()));
  write_text(folder / "Data/com.apple.CoreML/model.mlmodel", model::serialize_model(model));
  if (!weights.empty()) write_text(folder / "Data/com.apple.CoreML/weights/weight.bin", weights);
}

}  // namespace goldilocks::ml_program::testing
