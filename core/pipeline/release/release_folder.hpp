#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/input_files.hpp"

namespace goldilocks::pipeline {

inline constexpr const char* release_manifest = "manifest.json";
inline constexpr const char* release_sums = "SHA256SUMS";
// What `kind` says in a release's manifest; other manifests have none.
inline constexpr const char* release_kind = "goldilocks release";

// Puts a folder with what `fill` writes into an empty one, and SHA256SUMS, in the place of `folder`: readers see the
// old folder or the whole new one. One of the files is a manifest of kind release_kind. A folder that holds just this
// stays as it is. Throws what require_replaceable() and `fill` throw, and FileError; then everything is as it was.
void write_release(const std::filesystem::path& folder,
                   const std::function<void(const std::filesystem::path& into)>& fill);

// Throws UsageError unless nothing is there, or a release as it was published: what somebody else put there, changed or
// added is never removed, and nothing that is kept. Litter (core/base/litter.hpp) counts as nothing.
void require_replaceable(const std::filesystem::path& folder, const InputFiles& kept = {});

struct ReleaseFault {
  std::string file;     // relative to the folder
  std::string problem;  // "is missing", "was altered", "is not part of the release", ...
};

struct ReleaseCheck {
  std::vector<std::string> files;    // that are as published
  std::vector<ReleaseFault> faults;  // by file; none: the release is whole
};

// Holds every file but litter against SHA256SUMS, and that against the manifest. Throws DataError if the folder is no
// release (it has neither SHA256SUMS nor a release's manifest), and FileError if a file can't be read.
ReleaseCheck verify_release(const std::filesystem::path& folder);

}  // namespace goldilocks::pipeline
