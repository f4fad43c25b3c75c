#include "markdown_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace markdown {
namespace {

bool is_word(char c) {
  const auto code = static_cast<unsigned char>(c);
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || code >= 0x80;
}

// Control characters, line breaks first of all, would end a table's row or a list's item.
std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  const auto first = line.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return line.substr(first, line.find_last_not_of(' ') + 1 - first);
}

// Where a line's beginning would read as a list ("1. " or "1) "), the place of the mark; npos otherwise.
std::size_t list_mark(std::string_view line) {
  const auto mark = line.find_first_not_of("0123456789");
  if (mark == std::string_view::npos || mark == 0) return std::string_view::npos;
  const bool is_mark = line[mark] == '.' || line[mark] == ')';
  const bool alone = mark + 1 == line.size() || line[mark + 1] == ' ';
  return is_mark && alone ? mark : std::string_view::npos;
}

}  // namespace

std::string escape(std::string_view text) {
  const std::string line = one_line(text);
  const std::size_t mark = list_mark(line);
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      const bool inside_word = i > 0 && i + 1 < line.size() && is_word(line[i - 1]) && is_word(line[i + 1]);
      const bool always = std::string_view("\\`*[]|~#$").find(c) != std::string_view::npos;
      const bool at_start = i == 0 && (c == '-' || c == '+' || c == '=');
      if (always || at_start || i == mark || (c == '_' && !inside_word)) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string code(std::string_view text) {
  const std::string line = one_line(text);
  if (line.empty()) return {};
  // The fence is longer than any run of backticks inside.
  std::size_t run = 0;
  std::size_t longest = 0;
  for (const char c : line) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const std::string space = longest > 0 ? " " : "";
  std::string out = fence + space;
  for (const char c : line) {
    if (c == '|') out += '\\';  // a table ends its cell even inside a code span
    out += c;
  }
  return out + space + fence;
}

std::string table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows) {
  std::string text = "|";
  for (const Column& column : columns) text += ' ' + column.title + " |";
  text += "\n|";
  for (const Column& column : columns) text += column.right ? " ---: |" : " --- |";
  text += '\n';
  for (const auto& row : rows) {
    text += '|';
    for (const std::string& cell : row) text += cell.empty() ? " |" : ' ' + cell + " |";
    text += '\n';
  }
  return text;
}

std::string bytes(std::int64_t count) {
  static constexpr std::array<const char*, 4> units = {" B", " kB", " MB", " GB"};
  if (count < 1000) return std::to_string(count) + units[0];
  auto value = static_cast<double>(count);
  std::size_t unit = 0;
  // What would print as 1000 belongs to the next unit.
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return fixed(value, value < 9.995 ? 2 : (value < 99.95 ? 1 : 0)) + units.at(unit);
}

std::string fixed(double value, int decimals) {
  if (!std::isfinite(value)) return "–";
  std::array<char, 400> buffer{};  // the largest double has 309 digits
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
  std::string text(buffer.data(), end.ptr);
  if (text.front() == '-' && text.find_first_of("123456789") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string small_number(double value) {
  if (value == 0 || !(std::abs(value) < 0.0005)) return fixed(value, 4);
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific, 1);
  return {buffer.data(), end.ptr};
}

}  // namespace markdown
