#include "core/data/csv.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/utf8.hpp"

namespace goldilocks::data {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

class CsvParser {
 public:
  CsvParser(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  std::vector<CsvRow> parse() {
    if (invalid_utf8(rest_)) throw DataError(name_, "the file is not UTF-8");
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
    std::vector<CsvRow> rows;
    while (!rest_.empty()) {
      if (take_line_end()) continue;
      rows.push_back(row());
      if (rows.back().fields.size() != rows.front().fields.size()) {
        fail(rows.back().line, fmt::format("{} fields, where the first line has {}", rows.back().fields.size(),
                                           rows.front().fields.size()));
      }
    }
    return rows;
  }

 private:
  [[noreturn]] void fail(std::size_t line, const std::string& problem) const {
    throw DataError(fmt::format("{}:{}", name_, line), problem);
  }

  bool take_line_end() {
    const std::size_t size = rest_.starts_with("\r\n") ? 2 : rest_.starts_with('\n') ? 1 : 0;
    rest_.remove_prefix(size);
    if (size != 0) ++line_;
    return size != 0;
  }

  CsvRow row() {
    CsvRow row{line_, {}};
    while (true) {
      row.fields.push_back(rest_.starts_with('"') ? quoted() : plain());
      if (rest_.empty() || take_line_end()) return row;
      if (!rest_.starts_with(',')) fail(row.line, "something stands between a closing quote and the next comma");
      rest_.remove_prefix(1);
    }
  }

  std::string plain() {
    std::string field(rest_.substr(0, rest_.find_first_of(",\n")));
    rest_.remove_prefix(field.size());
    if (rest_.starts_with('\n') && field.ends_with('\r')) {
      field.pop_back();
    }
    if (field.find('"') != std::string::npos) fail(line_, "a quote within a field that doesn't begin with one");
    return field;
  }

  std::string quoted() {
    const std::size_t begin = line_;
    std::string field;
    rest_.remove_prefix(1);
    while (true) {
      const std::size_t size = rest_.find('"');
      if (size == std::string_view::npos) fail(begin, "a quote that is never closed");
      field += rest_.substr(0, size);
      rest_.remove_prefix(size + 1);
      if (!rest_.starts_with('"')) break;
      field += '"';
      rest_.remove_prefix(1);
    }
    line_ += static_cast<std::size_t>(std::count(field.begin(), field.end(), '\n'));
    return field;
  }

  std::string_view rest_;
  std::string_view name_;
  std::size_t line_ = 1;
};

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text, std::string_view name) { return CsvParser(text, name).parse(); }

}  // namespace goldilocks::data
