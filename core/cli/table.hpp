#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::cli {

enum class Align { left, right };

// Text in columns for a terminal: a header, a rule, rows. Widths count characters, not bytes; columns stand two spaces
// apart, and no line ends in spaces.
class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::left;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Throws UsageError unless there is a cell for each column.
  void add_row(std::vector<std::string> cells, bool emphasized = false);
  bool empty() const { return rows_.empty(); }

  // With `coloured`, for a terminal alone: emphasized rows are bold and green.
  std::string text(bool coloured = false) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    bool emphasized = false;
  };
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

// Whether standard output is a terminal that shows colours and the user has not asked for none (NO_COLOR).
bool is_coloured();

// "3.72 MB": decimal units, three digits; exact below 1000 bytes.
std::string human_bytes(std::uint64_t bytes);

// "1 min 05 s", "12 s", "0.4 s".
std::string human_duration(double seconds);

}  // namespace goldilocks::cli
