#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace markdown {

// The text such that GitHub-flavoured Markdown shows it as it is, wherever it stands in a line or a table: nothing in
// it becomes markup, HTML, a link, or another line. Underscores inside words stay readable in the source, as they mean
// nothing there.
std::string escape(std::string_view text);

// The text as a code span, for hashes and paths; in tables too.
std::string code(std::string_view text);

// A table of cells that are Markdown already; each row has as many as the header. Columns whose `right` is set are
// aligned to the right.
struct Column {
  std::string title;
  bool right = false;
};
std::string table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows);

// "1.24 MB": three digits, units of 1000; bytes below that in full.
std::string bytes(std::int64_t count);

// With this many decimals; never a negative zero.
std::string fixed(double value, int decimals);

// With four decimals, or with two digits and a power of ten ("1.2e-05") where that would leave next to nothing.
std::string small_number(double value);

}  // namespace markdown
