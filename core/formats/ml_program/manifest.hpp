#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::ml_program {

// One file or folder that a package lists.
struct ManifestItem {
  std::string identifier;
  std::string path;  // relative to Data, parts separated by "/"; never absolute, empty or with ".."
  std::string name;
  std::string author;
  std::string description;
};

// Manifest.json of a package.
struct Manifest {
  std::vector<ManifestItem> items;  // by identifier
  std::string root;                 // the identifier of the model

  // The item of the root model, which parse_manifest() has seen to be there.
  const ManifestItem& root_item() const;

  // The folder of weights ("weights" by "com.apple.CoreML"), or null: then no value lies outside of the model.
  const ManifestItem* weights_item() const;
};

inline constexpr std::string_view manifest_name = "Manifest.json";

// The names that Core ML gives to the two items.
inline constexpr std::string_view coreml_author = "com.apple.CoreML";
inline constexpr std::string_view weights_name = "weights";

// Reads a manifest. Throws ModelError that begins with `place` unless it is a JSON object of format version 1.0.0 whose
// items have a path inside of Data, a name, an author and a description, and whose root is one of them. No two items
// may have the same author and name or the same path, and no other may be a model (.mlmodel): which of them counts
// would be anybody's guess. Keys that are not known are ignored.
Manifest parse_manifest(std::string_view text, std::string_view place);

// The manifest as Core ML's own writer lays it out: indented by 4, keys sorted, a line feed at the end.
std::string manifest_text(const Manifest& manifest);

}  // namespace goldilocks::ml_program
