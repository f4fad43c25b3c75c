#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/ml_program/archive.hpp"
#include "core/formats/ml_program/manifest.hpp"
#include "core/formats/ml_program/weight_file.hpp"

namespace goldilocks::ml_program {

namespace spec = ::CoreML::Specification;

// What the names of weight files begin with: the folder of the model's file.
inline constexpr std::string_view model_folder_prefix = "@model_path/";

// The weight files that values refer to, each opened and mapped when it is first asked for.
class WeightFiles {
 public:
  // Names are resolved from the folder of the model's file; no file outside of `root` is opened, by links neither.
  // Both must be canonical.
  WeightFiles(std::filesystem::path root, std::filesystem::path model_folder)
      : root_(std::move(root)), model_folder_(std::move(model_folder)) {}

  // The index of the file that a value names ("@model_path/weights/weight.bin"). Throws ModelError, without a place,
  // if the name has another form, leaves the package, or the file is missing or no weight file.
  std::size_t open(std::string_view name);

  const WeightFile& operator[](std::size_t index) const { return files_[index]; }

 private:
  std::filesystem::path root_;
  std::filesystem::path model_folder_;
  std::deque<WeightFile> files_;
  std::map<std::string, std::size_t, std::less<>> indices_;
};

struct PackageFile {
  std::string path;  // relative to the package
  std::uint64_t bytes = 0;
};

// A model with the files that belong to it: a package (.mlpackage, a folder), a zipped one, or a model alone
// (.mlmodel).
class Package {
 public:
  // Throws FileError if something can't be read, and ModelError that begins with the place of the fault if the package
  // breaks the rules of parse_manifest(), lists what isn't there or lies outside of it, or its root model can't be
  // read (see model::load_model).
  static Package open(const std::filesystem::path& path) { return open(path, path.string()); }
  // The same with a name that stands for the path in messages.
  static Package open(const std::filesystem::path& path, const std::string& name);

  const spec::Model& model() const { return *model_; }
  std::shared_ptr<spec::Model> message() const { return model_; }

  // Null for a model alone.
  const Manifest* manifest() const { return manifest_ ? &*manifest_ : nullptr; }

  WeightFiles& weights() { return *weights_; }

  // Every file of the package, sorted.
  const std::vector<PackageFile>& files() const { return files_; }

  // The folder of the package, or of the model alone; canonical.
  const std::filesystem::path& root() const { return root_; }

 private:
  Package() = default;
  void open_folder(const std::filesystem::path& folder, const std::string& place);
  void open_file(const std::filesystem::path& file, const std::string& place);

  std::unique_ptr<UnpackedArchive> archive_;  // declared first: its folder goes last
  std::filesystem::path root_;
  std::optional<Manifest> manifest_;
  std::shared_ptr<spec::Model> model_;
  std::unique_ptr<WeightFiles> weights_;
  std::vector<PackageFile> files_;
};

}  // namespace goldilocks::ml_program
