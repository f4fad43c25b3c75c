#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::data {

struct CsvRow {
  std::size_t line = 0;  // on which it begins, from 1
  std::vector<std::string> fields;
};

// Comma-separated values as RFC 4180 has them: a field in double quotes may hold commas, line breaks and, doubled,
// quotes. Lines end with or without a carriage return; empty lines and a byte order mark at the beginning are skipped.
// Throws DataError that begins with `name` and the line: text that is not UTF-8, a quote that is never closed or that
// stands within a field, a row with more or fewer fields than the first.
std::vector<CsvRow> parse_csv(std::string_view text, std::string_view name);

}  // namespace goldilocks::data
