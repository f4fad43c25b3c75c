#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace goldilocks::store {

// What a store knows of one key: which content belongs to it.
struct Record {
  std::string sha256;
  std::uint64_t size = 0;
  std::string notes;
};

// A record as the JSON text of its file. It carries a hash over itself and its key, so that a record that was edited,
// cut short or filed under another key is noticed. Throws std::invalid_argument if the notes are not UTF-8.
std::string write_record(const std::string& key, const Record& record);

// The inverse: nothing if the text is no whole record of this key.
std::optional<Record> read_record(const std::string& key, std::string_view text);

}  // namespace goldilocks::store
