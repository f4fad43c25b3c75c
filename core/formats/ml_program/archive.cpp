#include "core/formats/ml_program/archive.hpp"

#include <zip.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/litter.hpp"
#include "core/base/os/files.hpp"
#include "core/base/paths.hpp"
#include "core/formats/coreml/foreign_format.hpp"

namespace goldilocks::ml_program {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_deflate_ratio = 1032;
// The kinds of files, as archives have them from Unix.
constexpr zip_uint32_t kinds_of_unix = 0170000;
constexpr zip_uint32_t file_of_unix = 0100000;
constexpr zip_uint32_t folder_of_unix = 0040000;
constexpr std::size_t copy_bytes = std::size_t{1} << 20U;

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using Member = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

struct Entry {
  zip_uint64_t index;
  std::string name;
  std::uint64_t size;
  bool is_folder;
};

Archive open_archive(const fs::path& path) {
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
  if (archive == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string problem = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw ModelError(path.string(), fmt::format("not a zip archive that can be read: {}", problem));
  }
  return {archive, &zip_discard};
}

bool leaves_the_archive(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string_view::npos) return true;
  return std::ranges::any_of(fs::path(name), [](const fs::path& part) { return part == ".."; });
}

bool is_link_or_device(zip_t* archive, zip_uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) return false;
  if (system != ZIP_OPSYS_UNIX && system != ZIP_OPSYS_OS_X) return false;
  const auto kind = (attributes >> 16U) & kinds_of_unix;
  return kind != 0 && kind != file_of_unix && kind != folder_of_unix;
}

std::vector<Entry> list_entries(zip_t* archive, const fs::path& path) {
  std::vector<Entry> entries;
  std::set<std::string> names;
  std::uint64_t total = 0;
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    zip_stat_t status;
    if (zip_stat_index(archive, i, 0, &status) != 0 || (status.valid & ZIP_STAT_SIZE) == 0) {
      throw ModelError(path.string(), fmt::format("member {} of the archive can't be read", i));
    }
    Entry entry{.index = i, .name = status.name, .size = status.size, .is_folder = false};
    if (std::ranges::any_of(fs::path(entry.name), is_litter)) continue;
    const auto refuse = [&](std::string_view why) {
      throw ModelError(path.string(), fmt::format("the member '{}' of the archive {}", entry.name, why));
    };
    if (leaves_the_archive(entry.name)) refuse("names a place outside of it");
    if (status.encryption_method != ZIP_EM_NONE) refuse("is encrypted");
    if (is_link_or_device(archive, i)) refuse("is neither a file nor a folder");
    entry.is_folder = entry.name.ends_with('/');
    if (!names.insert(fs::path(entry.name).lexically_normal().string()).second) refuse("is there twice");
    total += std::min<std::uint64_t>(entry.size, UINT64_MAX - total);
    entries.push_back(std::move(entry));
  }
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) throw FileError(path, "read", error.value());
  if (total / largest_deflate_ratio > size) {
    throw ModelError(path.string(), fmt::format("the archive claims to hold {} bytes, more than it can", total));
  }
  return entries;
}

// Says what an archive is that holds no package, before anything of it is unpacked: archives of other frameworks may
// be large.
void require_package(const std::vector<Entry>& entries, const fs::path& path) {
  const auto is_manifest = [](const Entry& entry) {
    const fs::path name = fs::path(entry.name).lexically_normal();
    return name.filename() == "Manifest.json" && std::distance(name.begin(), name.end()) <= 2;
  };
  if (std::ranges::any_of(entries, is_manifest)) return;
  const auto is_part = [](const Entry& entry) { return entry.name.find("com.apple.CoreML") != std::string::npos; };
  if (std::ranges::any_of(entries, is_part)) {
    throw ModelError(path.string(), "the archive holds a package without its Manifest.json");
  }
  const std::string first = entries.empty() ? std::string() : entries.front().name;
  throw ModelError(path.string(), fmt::format("not a Core ML model but {}", model::describe_zip(first)));
}

void unpack(zip_t* archive, const Entry& entry, const fs::path& target, const fs::path& path) {
  const Member member(zip_fopen_index(archive, entry.index, 0), &zip_fclose);
  const auto refuse = [&](const char* why) {
    throw ModelError(path.string(), fmt::format("the member '{}' of the archive can't be read: {}", entry.name, why));
  };
  if (member == nullptr) refuse(zip_strerror(archive));
  std::ofstream file(target, std::ios::binary);
  std::vector<char> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(entry.size, copy_bytes)) + 1);
  for (;;) {
    const zip_int64_t read = zip_fread(member.get(), buffer.data(), buffer.size());
    if (read < 0) refuse(zip_file_strerror(member.get()));
    if (read == 0) break;
    file.write(buffer.data(), read);
  }
  file.close();
  if (!file) throw FileError(target, "write", errno);
}

fs::path make_temporary_folder() {
  std::error_code error;
  const fs::path folder = fs::temp_directory_path(error);
  if (error) throw FileError(folder, "find a temporary folder", error.value());
  const auto made = os::make_temporary_folder(folder);
  if (!made) throw FileError(folder / "goldilocks-XXXXXX", "create the folder", errno);
  return *made;
}

// Removes the folder where its archive turns out not to be one: a constructor that throws has no destructor.
class FolderGuard {
 public:
  explicit FolderGuard(const fs::path& folder) : folder_(&folder) {}
  ~FolderGuard() {
    std::error_code ignored;
    if (folder_ != nullptr) fs::remove_all(*folder_, ignored);
  }
  FolderGuard(const FolderGuard&) = delete;
  FolderGuard& operator=(const FolderGuard&) = delete;
  FolderGuard(FolderGuard&&) = delete;
  FolderGuard& operator=(FolderGuard&&) = delete;
  void keep() { folder_ = nullptr; }

 private:
  const fs::path* folder_;
};

}  // namespace

bool is_zip_archive(const fs::path& path) {
  if (!is_plain_file(path)) return false;
  std::array<char, 4> begin{};
  std::ifstream(path, std::ios::binary).read(begin.data(), begin.size());
  const std::string_view magic(begin.data(), begin.size());
  return magic == std::string_view("PK\x03\x04", 4) || magic == std::string_view("PK\x05\x06", 4);
}

UnpackedArchive::UnpackedArchive(const fs::path& path) {
  const Archive archive = open_archive(path);
  const std::vector<Entry> entries = list_entries(archive.get(), path);
  require_package(entries, path);
  folder_ = make_temporary_folder();
  FolderGuard guard(folder_);
  std::uint64_t total = 0;
  for (const Entry& entry : entries) total += entry.size;
  std::error_code unknown_space;
  const fs::space_info space = fs::space(folder_, unknown_space);
  if (!unknown_space && total > space.available) {
    throw FileError(folder_, fmt::format("too little space to unpack {}, which takes {} bytes", path.string(), total));
  }
  for (const Entry& entry : entries) {
    const fs::path target = folder_ / entry.name;
    std::error_code error;
    fs::create_directories(entry.is_folder ? target : target.parent_path(), error);
    if (error) throw FileError(target, "create the folder", error.value());
    if (!entry.is_folder) unpack(archive.get(), entry, target, path);
  }
  guard.keep();
}

UnpackedArchive::~UnpackedArchive() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace goldilocks::ml_program
