#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks {

// Exit codes of the program, one per family of errors. docs/exit-codes.md explains them to users.
enum class ExitCode : int {
  done = 0,
  gate_failed = 1,
  usage = 2,
  unreadable = 3,
  plugin = 4,
  interrupted = 5,
  internal = 70,
};

// The base of every error that a user can cause. what() is one line (PipelineErrors: one per error) that begins with
// the place of the fault: a file, a line, a layer.
class Error : public std::runtime_error {
 public:
  Error(ExitCode exit_code, const std::string& message) : std::runtime_error(message), exit_code_(exit_code) {}
  ExitCode exit_code() const { return exit_code_; }

 private:
  ExitCode exit_code_;
};

// A wrong command line, option value or argument of a function.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ExitCode::usage, message) {}
};

// A model file that can't be read, is broken, or holds what the operation can't work with.
class ModelError : public Error {
 public:
  explicit ModelError(const std::string& message) : Error(ExitCode::unreadable, message) {}
};

// An image, label or folder of a dataset that can't be used.
class DataError : public Error {
 public:
  explicit DataError(const std::string& message) : Error(ExitCode::unreadable, message) {}
};

// A plugin that is missing, refused, or failed.
class PluginError : public Error {
 public:
  explicit PluginError(const std::string& message) : Error(ExitCode::plugin, message) {}
};

// A file or folder that can't be written or read for reasons of the system: full disk, permissions.
class FileError : public Error {
 public:
  FileError(const std::filesystem::path& path, std::string_view action, int error_number);
  FileError(const std::filesystem::path& path, std::string_view problem);
};

// The user asked to stop (Ctrl-C).
class Interrupted : public Error {
 public:
  Interrupted() : Error(ExitCode::interrupted, "interrupted") {}
};

}  // namespace goldilocks
