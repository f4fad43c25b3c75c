#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/formats/format.hpp"

namespace goldilocks::formats {

// A model of any kind from a file, a package or a zipped package; of a package, the model that its manifest names.
// Throws FileError if it can't be read, and ModelError that begins with the path if it is empty, over 2 GiB, not a Core
// ML model (with a hint: a zip, ONNX, TFLite ...), truncated or damaged (with the byte, if known), or of a
// specification version beyond the newest known. What the program doesn't know of a file survives.
std::unique_ptr<Model> open(const std::filesystem::path& path);
// The same with a name that stands for the path in messages.
std::unique_ptr<Model> open(const std::filesystem::path& path, const std::string& name);

// The same of a file's content; `name` stands for the path in messages.
std::unique_ptr<Model> open(std::span<const std::byte> content, std::string_view name);

// With the function of this name chosen ("": the default one). Throws UsageError that begins with the path if there is
// none.
std::unique_ptr<Model> open_function(const std::filesystem::path& path, const std::string& function);
// The same with a name that stands for the path in messages.
std::unique_ptr<Model> open_function(const std::filesystem::path& path, const std::string& name,
                                     const std::string& function);

}  // namespace goldilocks::formats
