#include "core/formats/ml_program/package_writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"

namespace goldilocks::ml_program {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view manifest_name = "Manifest.json";

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

// A folder beside the target that becomes it, or goes.
class StagedFolder {
 public:
  explicit StagedFolder(const fs::path& target) : target_(target), staged_(target) {
    staged_ += fmt::format(".partial.{}", ::getpid());
    fs::remove_all(staged_);
    fs::create_directories(staged_);
  }
  ~StagedFolder() {
    std::error_code ignored;
    if (!staged_.empty()) fs::remove_all(staged_, ignored);
  }
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;
  StagedFolder(StagedFolder&&) = delete;
  StagedFolder& operator=(StagedFolder&&) = delete;

  const fs::path& path() const { return staged_; }

  // What stood at the target goes last, so that there is always one of the two.
  void commit() {
    if (fs::exists(fs::symlink_status(target_))) {
      fs::path old = staged_;
      old += ".old";
      fs::rename(target_, old);
      fs::rename(staged_, target_);
      fs::remove_all(old);
    } else {
      fs::rename(staged_, target_);
    }
    staged_.clear();
  }

 private:
  fs::path target_;
  fs::path staged_;
};

}  // namespace

void write_package(const fs::path& target, const spec::Model& model, const Package& package) try {
  const bool taken = fs::exists(fs::symlink_status(target));
  if (taken && !fs::exists(target / manifest_name)) {
    throw FileError(target, "there is something that is no package, and it is not replaced");
  }
  const std::string content = model::serialize_model(model);
  const Manifest manifest = with_derived_identifiers(*package.manifest(), content);
  const fs::path model_path = fs::path("Data") / manifest.root_item().path;
  StagedFolder staged(target);
  for (const PackageFile& file : package.files()) {
    if (file.path == model_path || file.path == manifest_name) continue;
    copy_file_atomically(package.root() / file.path, staged.path() / file.path);
  }
  // A folder of weights may be empty.
  for (const ManifestItem& item : manifest.items) {
    if (fs::is_directory(package.root() / "Data" / item.path))
      fs::create_directories(staged.path() / "Data" / item.path);
  }
  write_file_atomically(staged.path() / model_path, content);
  write_file_atomically(staged.path() / manifest_name, manifest_text(manifest));
  staged.commit();
} catch (const fs::filesystem_error& error) {
  throw FileError(error.path1().empty() ? target : error.path1(), "write", error.code().value());
}

}  // namespace goldilocks::ml_program
