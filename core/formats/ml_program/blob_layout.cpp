#include "core/formats/ml_program/blob_layout.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <utility>

#include "core/base/error.hpp"
#include "core/formats/ml_program/constant_operations.hpp"

namespace goldilocks::ml_program {
namespace {

constexpr std::uint64_t alignment = 64;  // of metadata and of data
constexpr std::uint64_t metadata_bytes = 64;

std::uint64_t aligned(std::uint64_t offset) { return (offset + alignment - 1) / alignment * alignment; }

// Every constant of a program, in the order of the operations.
template <class Visit>
void for_each_value(Block& block, const Visit& visit) {
  for (Operation& operation : block.operations) {
    for (Argument& argument : operation.inputs) {
      for (Binding& binding : argument.bindings) visit(binding.value);
    }
    for (Attribute& attribute : operation.attributes) visit(attribute.value);
    for (Block& inner : operation.blocks) for_each_value(inner, visit);
  }
}

// A value whose bytes belong to another.
std::shared_ptr<const Value> holding(Value value, std::shared_ptr<const Value> owner) {
  struct Both {
    Value value;
    std::shared_ptr<const Value> owner;
  };
  auto both = std::make_shared<Both>(Both{std::move(value), std::move(owner)});
  const Value* const first = &both->value;
  return {std::move(both), first};
}

template <class Number>
void put(std::span<char> bytes, std::size_t at, Number number) {
  std::memcpy(bytes.data() + at, &number, sizeof(number));
}

void write(std::ofstream& stream, std::span<const char> bytes) {
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

BlobLayout::BlobLayout(Program& program) {
  struct Spot {
    std::size_t file = 0;
    std::uint64_t offset = 0;
  };
  std::map<std::string, std::size_t> index_of_file;
  // By file and offset, or by the value itself where it is in no file yet.
  std::map<std::pair<std::string, std::uint64_t>, Spot> known;
  std::map<const Value*, Spot> known_new;
  const auto place = [&](std::shared_ptr<const Value>& value) {
    if (value == nullptr || !value->blob) return;
    const BlobReference& old = *value->blob;
    Spot& spot = old.index == blob_to_be_written ? known_new[value.get()] : known[{old.file, old.offset}];
    if (spot.offset == 0) {
      spot.file = index_of_file.try_emplace(old.file, files_.size()).first->second;
      if (spot.file == files_.size()) files_.push_back({.name = old.file, .blobs = {}, .size = alignment});
      File& file = files_[spot.file];
      spot.offset = aligned(file.size);
      file.blobs.push_back({value, spot.offset});
      file.size = spot.offset + metadata_bytes + value->bytes.size();
    }
    Value moved = *value;
    moved.blob->offset = spot.offset;
    moved.blob->index = spot.file;
    value = holding(std::move(moved), value);
  };
  for (Function& function : program.functions) {
    for (Specialization& specialization : function.specializations) for_each_value(specialization.block, place);
  }
}

void write_weight_file(const std::filesystem::path& path, const BlobLayout::File& file) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  std::array<char, alignment> header{};
  put(header, 0, static_cast<std::uint32_t>(file.blobs.size()));
  put(header, 4, std::uint32_t{2});
  write(stream, header);
  std::uint64_t at = header.size();
  for (const BlobLayout::Blob& blob : file.blobs) {
    const std::array<char, alignment> gap{};
    write(stream, std::span(gap).first(blob.offset - at));
    const Value& value = *blob.value;
    std::array<char, metadata_bytes> metadata{};
    const auto used =
        static_cast<std::uint64_t>(element_count(value)) * static_cast<std::uint64_t>(bits(value.type.element));
    put(metadata, 0, std::uint32_t{0xDEADBEEF});
    put(metadata, 4, blob_code(value.type.element));
    put(metadata, 8, static_cast<std::uint64_t>(value.bytes.size()));
    put(metadata, 16, blob.offset + metadata_bytes);
    put(metadata, 24, static_cast<std::uint64_t>(value.bytes.size() * 8 - used));
    write(stream, metadata);
    write(stream, {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
    at = blob.offset + metadata_bytes + value.bytes.size();
  }
  stream.close();
  if (!stream) throw FileError(path, "write", errno);
}

}  // namespace goldilocks::ml_program
