#pragma once

#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
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

// The base of every error that a user can cause: a problem, and the places of the fault (a file, a line, a layer), the
// outermost first. what() is one line (PipelineErrors: one per error) that puts them together. Nobody reads what()
// to find out what it says: places() and problem() tell. Copies share their content.
class Error : public std::exception {
 public:
  Error(ExitCode exit_code, std::string problem);
  Error(ExitCode exit_code, std::string_view place, std::string problem);
  Error(ExitCode exit_code, std::vector<std::string> places, std::string problem);

  const char* what() const noexcept override;
  ExitCode exit_code() const { return exit_code_; }
  const std::string& problem() const;
  const std::vector<std::string>& places() const;
  // what(), without the outermost place if that is `place`: for a reader who knows where he is.
  std::string text_within(std::string_view place) const;

  // Puts a place around those that are known, unless the outermost one is it already, or lies in it: "model: layer"
  // lies in "model".
  void add_place(std::string_view place);

 private:
  struct Content;
  ExitCode exit_code_;
  std::shared_ptr<const Content> content_;
};

// A wrong command line, option value or argument of a function.
class UsageError : public Error {
 public:
  explicit UsageError(std::string problem) : Error(ExitCode::usage, std::move(problem)) {}
  UsageError(std::string_view place, std::string problem) : Error(ExitCode::usage, place, std::move(problem)) {}
};

// A model file that can't be read, is broken, or holds what the operation can't work with.
class ModelError : public Error {
 public:
  explicit ModelError(std::string problem) : Error(ExitCode::unreadable, std::move(problem)) {}
  ModelError(std::string_view place, std::string problem) : Error(ExitCode::unreadable, place, std::move(problem)) {}
  // What another error says is the model's fault.
  explicit ModelError(const Error& error) : Error(ExitCode::unreadable, error.places(), error.problem()) {}
};

// An image, label or folder of a dataset that can't be used.
class DataError : public Error {
 public:
  explicit DataError(std::string problem) : Error(ExitCode::unreadable, std::move(problem)) {}
  DataError(std::string_view place, std::string problem) : Error(ExitCode::unreadable, place, std::move(problem)) {}
  // What another error says is the fault of the data.
  explicit DataError(const Error& error) : Error(ExitCode::unreadable, error.places(), error.problem()) {}
};

// A plugin that is missing, refused, or failed.
class PluginError : public Error {
 public:
  explicit PluginError(std::string problem) : Error(ExitCode::plugin, std::move(problem)) {}
  PluginError(std::string_view place, std::string problem) : Error(ExitCode::plugin, place, std::move(problem)) {}
  PluginError(std::vector<std::string> places, std::string problem)
      : Error(ExitCode::plugin, std::move(places), std::move(problem)) {}
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

// Calls `work`, and puts `place` around the places of an error that it throws, or of one of these kinds alone; the
// error stays of its type. `place` is a text, or what gives one when it is needed. FileError, whose file is its place
// wherever it is met, and Interrupted pass as they are.
template <class... Kinds, class Place, class Work>
decltype(auto) within(const Place& place, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const FileError&) {
    throw;
  } catch (const Interrupted&) {
    throw;
  } catch (Error& error) {
    if (sizeof...(Kinds) > 0 && !(... || (dynamic_cast<const Kinds*>(&error) != nullptr))) throw;
    if constexpr (std::is_invocable_v<const Place&>) {
      error.add_place(place());
    } else {
      error.add_place(place);
    }
    throw;
  }
}

}  // namespace goldilocks
