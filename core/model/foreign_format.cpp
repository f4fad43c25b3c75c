// Files that people try instead of a .mlmodel, told by their first bytes.
#include "core/model/foreign_format.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace goldilocks::model {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t offset;
  std::string_view magic;
  std::string_view description;
};

constexpr std::array signatures = std::to_array<Signature>({
    {0, "PK\x03\x04"sv, "a zip archive (an .mlpackage, .pt or .keras file?); unpack or convert it first"},
    {0, "\x1F\x8B"sv, "gzip-compressed; unpack it first"},
    {0, "BZh"sv, "bzip2-compressed; unpack it first"},
    {0, "\xFD\x37zXZ"sv, "xz-compressed; unpack it first"},
    {0, "\x28\xB5\x2F\xFD"sv, "zstd-compressed; unpack it first"},
    {4, "TFL3"sv, "a TensorFlow Lite model; convert it to Core ML first"},
    {0, "\x89HDF\r\n"sv, "an HDF5 file (a Keras model?); convert it to Core ML first"},
    {0, "GGUF"sv, "a GGUF model; convert it to Core ML first"},
    {8, "{\""sv, "a safetensors file; convert it to Core ML first"},
    {0, "\x80\x02"sv, "a Python pickle (a PyTorch model?); convert it to Core ML first"},
    {0, "\x93NUMPY"sv, "a NumPy array"},
    {0, "\x89PNG\r\n"sv, "a PNG image"},
    {0, "\xFF\xD8\xFF"sv, "a JPEG image"},
    {0, "GIF8"sv, "a GIF image"},
    {0, "%PDF"sv, "a PDF document"},
    {0, "bplist00"sv, "a property list (part of a compiled .mlmodelc?); the .mlmodel is needed"},
    {0, "version https://git-lfs"sv, "a Git LFS pointer; fetch the file itself with 'git lfs pull'"},
    {0,
     "\x7F"
     "ELF"sv,
     "a program or library"},
});

// An ONNX file is protobuf too: after ir_version comes the producer's name (field 2) or at once the graph (field 7,
// which a Core ML model doesn't have).
bool looks_like_onnx(std::string_view head) {
  return head.size() > 16 && head[0] == '\x08' && (head[2] == '\x12' || head[2] == '\x3A');
}

}  // namespace

std::string_view describe_foreign_format(std::span<const std::byte> bytes) {
  constexpr std::size_t enough = 4096;
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), enough));
  for (const Signature& signature : signatures) {
    if (head.size() >= signature.offset && head.substr(signature.offset).starts_with(signature.magic)) {
      return signature.description;
    }
  }
  const auto first = std::ranges::find_if_not(head, [](unsigned char c) { return std::isspace(c) != 0; });
  if (first != head.end()) {
    if (*first == '{' || *first == '[') return "JSON text";
    if (*first == '<') return "XML or HTML text";
  }
  if (looks_like_onnx(head)) return "an ONNX model; convert it to Core ML first";
  const bool text = !head.empty() && std::ranges::all_of(head, [](unsigned char c) {
    return std::isprint(c) != 0 || std::isspace(c) != 0 || c >= 0x80;
  });
  return text ? "text" : "";
}

}  // namespace goldilocks::model
