#include "core/store/record.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "core/base/hash.hpp"

namespace goldilocks::store {
namespace {

std::string check_of(const std::string& key, const Record& record) {
  Hasher hasher;
  hasher.add("goldilocks store record 1").add(key).add(record.sha256);
  hasher.add(static_cast<std::int64_t>(record.size)).add(record.notes);
  return hasher.finish();
}

}  // namespace

std::string write_record(const std::string& key, const Record& record) {
  const nlohmann::ordered_json document = {
      {"sha256", record.sha256}, {"size", record.size}, {"notes", record.notes}, {"check", check_of(key, record)}};
  try {
    return document.dump(2) + "\n";
  } catch (const nlohmann::json::type_error&) {
    throw std::invalid_argument("the notes of an artifact must be UTF-8");
  }
}

std::optional<Record> read_record(const std::string& key, std::string_view text) {
  try {
    const auto document = nlohmann::json::parse(text);
    Record record;
    document.at("sha256").get_to(record.sha256);
    document.at("size").get_to(record.size);
    document.at("notes").get_to(record.notes);
    if (document.at("check").get<std::string>() != check_of(key, record)) return std::nullopt;
    return record;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace goldilocks::store
