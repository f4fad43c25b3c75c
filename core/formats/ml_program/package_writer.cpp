#include "core/formats/ml_program/package_writer.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/files_below.hpp"
#include "core/base/hash.hpp"
#include "core/base/partial.hpp"
#include "core/base/paths.hpp"
#include "core/formats/ml_program/blob_layout.hpp"
#include "core/formats/ml_program/encode.hpp"
#include "core/formats/ml_program/newer_parts.hpp"

namespace goldilocks::ml_program {
namespace {

namespace fs = std::filesystem;

// An identifier in the form of a UUID, upper case as Xcode writes them.
std::string identifier_of(std::string_view item, std::string_view content) {
  Hasher hasher;
  std::string digits = hasher.add("goldilocks package item").add(item).add(content).finish().substr(0, 32);
  std::ranges::transform(digits, digits.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(12, 4),
                     digits.substr(16, 4), digits.substr(20, 12));
}

Manifest with_derived_identifiers(Manifest manifest, std::string_view content) {
  const std::string root = manifest.root;
  const ManifestItem* weights = manifest.weights_item();
  const std::string weights_identifier = weights == nullptr ? "" : weights->identifier;
  for (ManifestItem& item : manifest.items) {
    if (item.identifier == root) {
      item.identifier = identifier_of(item.path, content);
      manifest.root = item.identifier;
    } else if (item.identifier == weights_identifier) {
      item.identifier = identifier_of(item.path, content);
    }
  }
  return manifest;
}

void move_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) throw FileError(to, "write", error.value());
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw FileError(folder, "create the folder", error.value());
}

// What stands at the target goes last, so that there is always one of the two.
void put_in_place(const PartialFolder& written, const fs::path& target) {
  if (!is_there(target)) return move_folder(written.path(), target);
  const PartialFolder old(target);
  const fs::path replaced = old.path() / target.filename();
  move_folder(target, replaced);
  try {
    move_folder(written.path(), target);
  } catch (const FileError&) {
    move_folder(replaced, target);
    throw;
  }
}

// The package's list of its files, for a model of this content.
Manifest manifest_with(const Package& package, const std::string& content, const BlobLayout* layout) {
  Manifest manifest = *package.manifest();
  if (layout != nullptr && !layout->files().empty() && manifest.weights_item() == nullptr) {
    manifest.items.push_back({.identifier = "weights",
                              .path = fmt::format("{}/{}", coreml_author, weights_name),
                              .name = std::string(weights_name),
                              .author = std::string(coreml_author),
                              .description = "CoreML Model Weights"});
  }
  return with_derived_identifiers(std::move(manifest), content);
}

// A package whose model is this one. `layout`: its weight files, where they are not those of the other package.
void write_package(const fs::path& target, const spec::Model& model, const Package& package, const BlobLayout* layout,
                   const std::function<void(const fs::path&)>& verify) {
  const bool is_free = !is_there(target) || (is_folder(target) && files_below(target).empty());
  if (!is_free && !is_plain_file(target / manifest_name)) {
    throw FileError(target, "there is something that is no package, and it is not replaced");
  }
  const std::string content = model::serialize_model(model);
  const Manifest manifest = manifest_with(package, content, layout);
  const fs::path model_path = fs::path("Data") / manifest.root_item().path;
  std::vector<fs::path> written = {model_path, manifest_name};
  const PartialFolder staged(target);
  if (layout != nullptr) {
    for (const BlobLayout::File& file : layout->files()) {
      const fs::path path = model_path.parent_path() / file.name.substr(model_folder_prefix.size());
      make_folder((staged.path() / path).parent_path());
      write_weight_file(staged.path() / path, file);
      written.push_back(path);
    }
  }
  for (const PackageFile& file : package.files()) {
    if (std::ranges::find(written, fs::path(file.path)) != written.end()) continue;
    copy_file_atomically(package.root() / file.path, staged.path() / file.path);
  }
  // A folder of weights may be empty.
  for (const ManifestItem& item : manifest.items) {
    if (is_folder(package.root() / "Data" / item.path)) make_folder(staged.path() / "Data" / item.path);
  }
  write_file_atomically(staged.path() / model_path, content);
  write_file_atomically(staged.path() / manifest_name, manifest_text(manifest));
  if (verify) verify(staged.path());
  put_in_place(staged, target);
}

}  // namespace

void write_package(const fs::path& target, const spec::Model& model, const Package& package) {
  write_package(target, model, package, nullptr, {});
}

void write_package(const fs::path& target, spec::Model model, Program program, const Package& package,
                   const std::function<void(const fs::path&)>& verify) {
  const BlobLayout layout(program);
  *model.mutable_mlprogram() = encode_program(program);
  model.set_specificationversion(std::max(model.specificationversion(), required_version(model.mlprogram())));
  write_package(target, model, package, &layout, verify);
}

std::uint64_t written_size(spec::Model model, Program program, const Package& package) {
  const BlobLayout layout(program);
  *model.mutable_mlprogram() = encode_program(program);
  model.set_specificationversion(std::max(model.specificationversion(), required_version(model.mlprogram())));
  const std::string content = model::serialize_model(model);
  const Manifest manifest = manifest_with(package, content, &layout);
  const fs::path model_path = fs::path("Data") / manifest.root_item().path;
  std::uint64_t size = content.size() + manifest_text(manifest).size();
  std::vector<fs::path> written = {model_path, manifest_name};
  for (const BlobLayout::File& file : layout.files()) {
    written.push_back(model_path.parent_path() / file.name.substr(model_folder_prefix.size()));
    size += file.size;
  }
  for (const PackageFile& file : package.files()) {
    if (std::ranges::find(written, fs::path(file.path)) == written.end()) size += file.bytes;
  }
  return size;
}

}  // namespace goldilocks::ml_program
