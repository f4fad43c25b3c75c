#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/formats/ml_program/program.hpp"

namespace goldilocks::ml_program {

// The weight files that a program's values lie in, laid out anew: what the program doesn't refer to any more is left
// out, what is in no file yet is added, and every blob has the bytes that it had. Blobs stand in the order of the
// operations; what several values share stands once.
class BlobLayout {
 public:
  struct Blob {
    std::shared_ptr<const Value> value;
    std::uint64_t offset = 0;  // of its metadata
  };
  struct File {
    std::string name;  // as values name it
    std::vector<Blob> blobs;
    std::uint64_t size = 0;
  };

  // Changes the references of the program's values to where they will be.
  explicit BlobLayout(Program& program);

  const std::vector<File>& files() const { return files_; }

 private:
  std::vector<File> files_;
};

// Writes one of the files, from its values' bytes. Throws FileError.
void write_weight_file(const std::filesystem::path& path, const BlobLayout::File& file);

}  // namespace goldilocks::ml_program
