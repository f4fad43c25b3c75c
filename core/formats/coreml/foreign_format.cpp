// Files that people try instead of a .mlmodel. Most are told by their first bytes; formats of protobuf messages have
// none, and are told by which fields they have.
#include "core/formats/coreml/foreign_format.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "core/formats/coreml/wire_fields.hpp"

namespace goldilocks::model {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t offset;
  std::string_view magic;
  std::string_view description;
};

constexpr std::array signatures = std::to_array<Signature>({
    {0, "PK\x05\x06"sv, "an empty zip archive"},
    {0, "PK\x07\x08"sv, "a part of a zip archive"},
    {0, "\x1F\x8B"sv, "gzip-compressed; unpack it first"},
    {0, "BZh"sv, "bzip2-compressed; unpack it first"},
    {0, "\xFD\x37zXZ"sv, "xz-compressed; unpack it first"},
    {0, "\x28\xB5\x2F\xFD"sv, "zstd-compressed; unpack it first"},
    {0, "\x04\x22\x4D\x18"sv, "lz4-compressed; unpack it first"},
    {0, "7z\xBC\xAF\x27\x1C"sv, "a 7-Zip archive; unpack it first"},
    {0, "Rar!\x1A\x07"sv, "a RAR archive; unpack it first"},
    {257, "ustar"sv, "a tar archive; unpack it first"},
    {4, "TFL3"sv, "a TensorFlow Lite model; convert it to Core ML first"},
    {8, "TFL3"sv, "a TensorFlow Lite model; convert it to Core ML first"},
    {4, "ORTM"sv, "an ONNX Runtime model (.ort); convert it to Core ML first"},
    {4, "ET12"sv, "an ExecuTorch program; convert the PyTorch model to Core ML first"},
    {0, "\x89HDF\r\n"sv, "an HDF5 file (a Keras model?); convert it to Core ML first"},
    {512, "\x89HDF\r\n"sv, "an HDF5 file; convert it to Core ML first"},
    {0, "GGUF"sv, "a GGUF model; convert it to Core ML first"},
    {0, "FUGG"sv, "a GGUF model; convert it to Core ML first"},
    {0, "lmgg"sv, "a GGML model; convert it to Core ML first"},
    {0, "fmgg"sv, "a GGML model; convert it to Core ML first"},
    {0, "tjgg"sv, "a GGML model; convert it to Core ML first"},
    {0, "\x80\x02"sv, "a Python pickle (a PyTorch model?); convert it to Core ML first"},
    {0, "\x80\x03"sv, "a Python pickle (a PyTorch model?); convert it to Core ML first"},
    {0, "\x80\x04"sv, "a Python pickle (a scikit-learn model?); convert it to Core ML first"},
    {0, "\x80\x05"sv, "a Python pickle (a scikit-learn model?); convert it to Core ML first"},
    {0, "}q\x00"sv, "a Python pickle; convert it to Core ML first"},
    {0, "]q\x00"sv, "a Python pickle; convert it to Core ML first"},
    {0, "\x93NUMPY"sv, "a NumPy array"},
    {0, "\x89PNG\r\n"sv, "a PNG image"},
    {0, "\xFF\xD8\xFF"sv, "a JPEG image"},
    {0, "GIF8"sv, "a GIF image"},
    {0, "%PDF"sv, "a PDF document"},
    {0, "SQLite format 3"sv, "an SQLite database"},
    {0, "bplist00"sv, "a property list (part of a compiled .mlmodelc?); the .mlmodel is needed"},
    {64, "\xEF\xBE\xAD\xDE"sv, "the weights of an .mlpackage (weight.bin); the whole package is needed"},
    {0, "\x00\x05\x16\x07"sv,
     "what macOS keeps beside a file (AppleDouble, '._' before the name); take the file itself"},
    {0, "version https://git-lfs"sv, "a Git LFS pointer; fetch the file itself with 'git lfs pull'"},
    {0, "version https://hawser"sv, "a Git LFS pointer; fetch the file itself with 'git lfs pull'"},
    {0, "version http://git-media"sv, "a Git LFS pointer; fetch the file itself with 'git lfs pull'"},
    {0, "/annex/objects/"sv, "a git-annex pointer; fetch the file itself with 'git annex get'"},
    {0,
     "\x7F"
     "ELF"sv,
     "a program or library"},
    {0, "MZ"sv, "a program or library"},
});

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// ---- archives and headers of variable length

// By the name of its first member.
std::string_view first_member(std::string_view zip) {
  constexpr std::size_t name_at = 30;
  if (zip.size() < name_at) return "";
  const auto byte = [&](std::size_t at) { return std::size_t{static_cast<unsigned char>(zip[at])}; };
  return zip.substr(name_at, byte(26) | byte(27) << 8U);
}

// The length of a header of JSON, 64 bits, then the header.
bool is_safetensors(std::string_view head, std::size_t file_size) {
  if (head.size() < 10 || head[8] != '{' || (head[9] != '"' && head[9] != '}' && head[9] != ' ')) return false;
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8U | static_cast<unsigned char>(head[i]);
  return length >= 2 && length <= std::max<std::size_t>(file_size, std::size_t{1} << 27U);
}

// ---- protobuf messages

bool is_printable(std::span<const std::byte> bytes) {
  return !bytes.empty() && std::ranges::all_of(text_of(bytes), [](unsigned char c) { return c >= 0x20 && c != 0x7F; });
}

bool all_among(const WireFields& message, std::initializer_list<std::uint32_t> ids) {
  return std::ranges::all_of(message.fields,
                             [&](const WireField& field) { return std::ranges::find(ids, field.id) != ids.end(); });
}

const WireField* field_of(const WireFields& message, std::uint32_t id, WireField::Type type) {
  const auto found = std::ranges::find_if(message.fields,
                                          [&](const WireField& field) { return field.id == id && field.type == type; });
  return found == message.fields.end() ? nullptr : &*found;
}

// The fields of ModelDescription, all of them messages and texts. `cut`: the last of them may lack its end.
bool is_description(std::span<const std::byte> bytes, bool cut) {
  const WireFields inner = wire_fields(bytes);
  return !inner.fields.empty() && (cut || inner.whole()) && all_among(inner, {1, 10, 11, 12, 13, 20, 21, 50, 100}) &&
         std::ranges::all_of(inner.fields, [](const WireField& field) { return field.type == WireField::bytes; });
}

// ONNX: a version, the producer's name and version, a domain, a number, a text, the graph (7), operator sets (8).
bool is_onnx(const WireFields& message) {
  if (message.fields.empty() || message.fields[0].id != 1 || message.fields[0].type != WireField::number) return false;
  if (!all_among(message, {1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})) return false;
  const WireField* producer = field_of(message, 2, WireField::bytes);
  if (producer != nullptr && !producer->content.empty() && !is_printable(producer->content)) return false;
  return field_of(message, 7, WireField::bytes) != nullptr || field_of(message, 8, WireField::bytes) != nullptr ||
         (producer != nullptr && is_printable(producer->content));
}

// TensorFlow: a version and meta graphs, whose second field is the graph; or nodes alone, a name and an operation each.
bool is_saved_model(const WireFields& message) {
  if (message.fields.size() < 2 || message.fields[0].id != 1 || message.fields[0].type != WireField::number)
    return false;
  if (message.fields[1].id != 2 || message.fields[1].type != WireField::bytes) return false;
  const WireFields inner = wire_fields(message.fields[1].content);
  return field_of(inner, 1, WireField::bytes) != nullptr && field_of(inner, 2, WireField::bytes) != nullptr &&
         all_among(inner, {1, 2, 3, 4, 5, 6, 7});
}

bool is_graph(const WireFields& message) {
  if (message.fields.empty() || message.fields[0].id != 1 || message.fields[0].type != WireField::bytes) return false;
  const WireFields node = wire_fields(message.fields[0].content);
  return node.fields.size() > 1 && node.fields[0].id == 1 && is_printable(node.fields[0].content) &&
         node.fields[1].id == 2 && is_printable(node.fields[1].content) && all_among(node, {1, 2, 3, 4, 5, 6, 7});
}

// Caffe: a name, then layers (2 in old files, 100 in later ones).
bool is_caffe(const WireFields& message) {
  return message.fields.size() > 1 && message.fields[0].id == 1 && message.fields[0].type == WireField::bytes &&
         is_printable(message.fields[0].content) && all_among(message, {1, 2, 3, 4, 5, 6, 7, 8, 100}) &&
         (field_of(message, 2, WireField::bytes) != nullptr || field_of(message, 100, WireField::bytes) != nullptr);
}

std::string_view describe_message(const WireFields& message) {
  if (is_onnx(message)) return "an ONNX model; convert it to Core ML first";
  if (is_saved_model(message)) return "a TensorFlow SavedModel; convert it to Core ML first";
  if (is_graph(message)) return "a TensorFlow graph; convert it to Core ML first";
  if (is_caffe(message)) return "a Caffe model; convert it to Core ML first";
  return "";
}

// ---- text

bool is_text(std::string_view head) {
  return !head.empty() && std::ranges::all_of(head, [](unsigned char c) {
    return std::isprint(c) != 0 || std::isspace(c) != 0 || c >= 0x80;
  });
}

bool is_word(unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; }

std::string_view take_word(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_word);
  const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(word.size());
  return word;
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
}

// "name { ...", or "name: value" with a line "name {" later on; lines that begin with # are comments.
bool is_protobuf_text(std::string_view text) {
  while (text.starts_with('#')) {
    text.remove_prefix(std::min(text.size(), text.find('\n')));
    skip_spaces(text);
  }
  if (take_word(text).empty()) return false;
  const bool field = text.starts_with(':');
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (text.starts_with('{')) return true;
  if (!field) return false;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    text.remove_prefix(end);
    skip_spaces(text);
    if (take_word(text).empty()) continue;
    while (text.starts_with(' ') || text.starts_with(':')) text.remove_prefix(1);
    if (text.starts_with("{\n") || text.starts_with("{\r")) return true;
  }
  return false;
}

// The first protocol's opcodes are letters: "c", a module and a class on a line each; or a mark and a container.
bool is_old_pickle(std::string_view head) {
  for (const std::string_view begin : {"(dp"sv, "(lp"sv, "(ip"sv}) {
    if (head.starts_with(begin) && head.size() > 3 && std::isdigit(static_cast<unsigned char>(head[3])) != 0)
      return true;
  }
  if (!head.starts_with('c')) return false;
  head.remove_prefix(1);
  if (take_word(head).empty() || !head.starts_with('\n')) return false;
  head.remove_prefix(1);
  return !take_word(head).empty() && (head.starts_with("\np") || head.starts_with("\nq") || head.starts_with("\n("));
}

std::string_view describe_text(std::string_view head) {
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) return "text";
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  if (is_old_pickle(head)) return "a Python pickle; convert it to Core ML first";
  if (!is_text(head)) return "";
  skip_spaces(head);
  if (head.starts_with("<ir_version")) return "an ONNX model as text; convert it to Core ML first";
  if (head.starts_with("<")) {
    std::string begin(head.substr(0, 512));
    std::ranges::transform(begin, begin.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return begin.find("<html") != std::string::npos || begin.starts_with("<!doctype html")
               ? "an HTML page (a download that failed, or needs a login?)"
               : "XML or HTML text";
  }
  if (head.starts_with("{") || head.starts_with("[")) return "JSON text";
  return is_protobuf_text(head) ? "protobuf text (.pbtxt, .prototxt); a binary .mlmodel is needed" : "text";
}

}  // namespace

bool begins_as_model(std::span<const std::byte> bytes) {
  const WireFields message = wire_fields(bytes);
  return message.fields.size() > 1 && message.fields[0].id == 1 && message.fields[0].type == WireField::number &&
         message.fields[1].id == 2 && message.fields[1].type == WireField::bytes &&
         is_description(message.fields[1].content, message.fields.size() == 2 && message.missing > 0);
}

std::string_view describe_zip(std::string_view first_member) {
  const auto has = [&](std::string_view part) { return first_member.find(part) != std::string_view::npos; };
  if (has(".mlpackage/") || has("com.apple.CoreML")) return "a zip archive of an .mlpackage; unpack it first";
  if (has(".mlmodel")) return "a zip archive of a model; unpack it first";
  if (has("data.pkl") || has(".format_version")) return "a zip archive of PyTorch; convert the model to Core ML first";
  if (first_member.ends_with(".npy")) return "a zip archive of NumPy arrays (.npz)";
  return "a zip archive (an .mlpackage, .pt or .keras file?); unpack or convert it first";
}

std::string_view describe_foreign_format(std::span<const std::byte> bytes) {
  constexpr std::size_t enough = 4096;
  const std::string_view head = text_of(bytes.subspan(0, std::min(bytes.size(), enough)));
  if (head.starts_with("PK\x03\x04")) return describe_zip(first_member(head));
  for (const Signature& signature : signatures) {
    if (head.size() >= signature.offset && head.substr(signature.offset).starts_with(signature.magic)) {
      return signature.description;
    }
  }
  if (is_safetensors(head, bytes.size())) return "a safetensors file; convert it to Core ML first";
  const std::string_view message = describe_message(wire_fields(bytes));
  return message.empty() ? describe_text(head) : message;
}

}  // namespace goldilocks::model
