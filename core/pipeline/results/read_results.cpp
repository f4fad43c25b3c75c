// The text is read as JSON first and as the document second: a file that is cut short or belongs to somebody else is
// far more likely than a document with a wrong field, and protobuf's parser would say of all of them the same.
#include "core/pipeline/results/read_results.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/paths.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/store/run_lock.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;

// "results.json:12:5", the place of a byte.
std::string place_of(const fs::path& file, std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("{}:{}:{}", file.string(), line, before.size() - line_begin + 1);
}

nlohmann::json parse_text(const fs::path& file, const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    throw DataError(file.string(), "not a results document: the file is empty");
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    // The parser counts the byte at which it gave up, from 1; one behind the last byte is the text's end.
    if (error.byte > text.size()) {
      throw DataError(place_of(file, text, text.size()), "the document is cut short here");
    }
    throw DataError(place_of(file, text, error.byte - 1), "not a results document: this is not JSON");
  }
}

void check_version(const fs::path& file, const nlohmann::json& document) {
  const std::string not_one = file.string() + ": not a results document: ";
  if (!document.is_object()) throw DataError(not_one + "not an object");
  const auto version = document.find("schemaVersion");
  if (version == document.end() || !version->is_number_integer()) throw DataError(not_one + "no schemaVersion");
  if (*version > results_schema_version) {
    throw DataError(file.string(), fmt::format("its schema version {} is newer than this program's, {}",
                                               version->dump(), results_schema_version));
  }
  if (*version < oldest_results_schema_version) {
    throw DataError(file.string(), fmt::format("its schema version {} is older than any that this program reads, {}",
                                               version->dump(), oldest_results_schema_version));
  }
  const auto variants = document.find("variants");
  if (variants == document.end() || !variants->is_array()) throw DataError(not_one + "no variants");
  if (variants->empty()) throw DataError(file.string(), "a results document without variants");
}

}  // namespace

goldilocks::Results read_results(const fs::path& file) {
  const std::string text = read_file(file);
  check_version(file, parse_text(file, text));
  goldilocks::Results results;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status = google::protobuf::util::JsonStringToMessage(text, &results, options);
  if (!status.ok()) {
    throw DataError(file.string(), fmt::format("not a results document: {}", std::string(status.message())));
  }
  results.set_schema_version(results_schema_version);  // what it holds now is of this one
  return results;
}

goldilocks::Results read_run(const fs::path& run) {
  const fs::path parent = run.has_parent_path() ? run.parent_path() : ".";
  const fs::path folder = is_folder(run) ? run : parent;
  store::require_no_run(folder);
  if (!is_folder(run)) return read_results(run);
  const fs::path file = run / "results.json";
  if (!is_there(file)) throw UsageError(run.string(), "not a run's folder: there is no results.json in it");
  return read_results(file);
}

}  // namespace goldilocks::pipeline
