// Names with all that a format has a meaning for come out of every report as they went in, by that format's own rules.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "core/base/file.hpp"
#include "tests/reports/reporting.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using goldilocks::Results;
using goldilocks::plugins::OptionValues;
using goldilocks::testing::report_text;
using goldilocks::testing::run_program;
using goldilocks::testing::to_json;
using goldilocks::testing::write_report;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> names = {
    "two words",
    R"(the "best" of 'all')",
    R"(<b>bold</b> & <script>alert(1)</script> <!-- &amp; ]]>)",
    "one, two; three",
    "a|b||c",
    "line\nbreak",
    "crème brûlée, 寿司, Łódź, 🍕",
    R"(back\slash `code` *star* _under_ #hash [link](x) ${shell} %41 ::error::)",
};

// Everything that a user can name is called so.
Results named(const std::string& name) {
  Results results = goldilocks::testing::small_results();
  results.set_name(name);
  results.mutable_datasets(0)->set_name(name);
  results.mutable_datasets(0)->set_path(name);
  results.mutable_datasets(0)->set_classes(0, name);
  results.mutable_inputs(0)->set_path(name);
  auto& variant = *results.mutable_variants(1);
  variant.set_name(name);
  variant.set_file(name + ".mlmodel");
  (*variant.mutable_options())["option"] = name;
  auto& difference = *variant.mutable_evaluation()->add_differences();
  difference.set_sample(name);
  difference.set_truth(name);
  difference.set_answer(name);
  for (auto& each : *results.mutable_variants()) {
    if (each.has_evaluation()) each.mutable_evaluation()->set_dataset(name);
  }
  results.mutable_variants(3)->set_error(name);
  results.mutable_selection()->set_chosen(name);
  results.mutable_selection()->set_reason(name);
  results.mutable_selection()->mutable_candidates(0)->set_variant(name);
  results.set_notices(0, name);
  results.add_findings(name);
  return results;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t i = 0; (i = text.find(from, i)) != std::string::npos; i += to.size())
    text.replace(i, from.size(), to);
}

// In a line of its own a break is a space.
std::string on_one_line(std::string name) {
  replace_all(name, "\n", " ");
  return name;
}

// The character that a reference stands for, "&lt;" or "&#60;", and where it ends; nothing if there is none.
std::pair<std::string, std::size_t> reference_at(const std::string& text, std::size_t place) {
  for (const auto& [reference, character] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}}) {
    if (text.compare(place, std::string(reference).size(), reference) == 0) {
      return {character, place + std::string(reference).size()};
    }
  }
  if (text.compare(place, 2, "&#") != 0) return {};
  const std::size_t end = text.find(';', place);
  return {std::string(1, static_cast<char>(std::stoi(text.substr(place + 2, end - place - 2)))), end + 1};
}

// The cells of a Markdown table's row, as a reader sees them: what a backslash stands before is itself, and character
// references are the characters.
std::vector<std::string> cells(const std::string& row) {
  std::vector<std::string> result(1);
  for (std::size_t i = 0; i < row.size();) {
    const auto [character, end] = reference_at(row, i);
    if (end != 0) {
      result.back() += character;
      i = end;
    } else if (row[i] == '\\' && i + 1 < row.size()) {
      result.back() += row[i + 1];
      i += 2;
    } else if (row[i] == '|') {
      result.emplace_back();
      ++i;
    } else {
      result.back() += row[i++];
    }
  }
  for (std::string& cell : result) {
    cell.erase(0, cell.find_first_not_of(" *"));
    cell.erase(cell.find_last_not_of(" *") + 1);
  }
  return result;
}

// The first cell of the row behind the one that begins with this text.
std::string cell_behind(const std::string& page, const std::string& row) {
  const std::size_t begin = page.find('\n', page.find("\n" + row) + 1) + 1;
  return cells(page.substr(begin, page.find('\n', begin) - begin)).at(1);
}

class Names : public testing::TestWithParam<std::string> {
 protected:
  const std::string& name() const { return GetParam(); }
  nlohmann::ordered_json document() const { return to_json(named(name())); }
};

TEST_P(Names, Json) { EXPECT_EQ(nlohmann::ordered_json::parse(report_text("json", document())), document()); }

// What a browser shows of them is in browser_test.cpp.
TEST_P(Names, Html) {
  const std::string page = report_text("html", document());
  const std::string mark = R"(id="results">)";
  const std::size_t begin = page.find(mark) + mark.size();
  const std::string data = page.substr(begin, page.find("</script>", begin) - begin);
  EXPECT_EQ(nlohmann::ordered_json::parse(data), document());
}

TEST_P(Names, Csv) {
  std::string quoted = name();
  replace_all(quoted, "\"", "\"\"");
  const bool special = name().find_first_of(",\"\r\n") != std::string::npos;
  const auto field = [&](const std::string& before, const std::string& behind) {
    return special ? "\"" + before + quoted + behind + "\"" : before + name() + behind;
  };
  EXPECT_THAT(report_text("csv", document(), {{"style", std::string("plain")}}),
              AllOf(HasSubstr("\r\n" + field("", "") + "," + field("", ".mlmodel") + ",food,linear,8,"),
                    HasSubstr("," + field("option=", "") + ","), HasSubstr("," + field("accuracy of ", ""))));
  const std::string article = report_text("csv", document());
  EXPECT_THAT(article, testing::AnyOf(HasSubstr("," + field("", "") + ","), HasSubstr("," + field("", "") + "\n")));
  // The article's table has the last part of a path.
  EXPECT_EQ(article.find("\n" + field("", ".mlmodel") + ",1235599,") == std::string::npos,
            name().find('/') != std::string::npos);
}

TEST_P(Names, Markdown) {
  const std::string page = report_text("markdown", document());
  const std::string shown = on_one_line(name());
  EXPECT_EQ(cells(page.substr(0, page.find('\n'))).at(0), "# " + shown);
  std::vector<std::string> first;
  std::size_t begin = page.find("| variant | function");
  for (int row = 0; row < 5; ++row) {
    const std::size_t end = page.find('\n', begin);
    first.push_back(cells(page.substr(begin, end - begin)).at(1));
    begin = end + 1;
  }
  EXPECT_EQ(first[3], shown);
}

TEST_P(Names, Github) {
  const auto files = write_report("github", document());
  const std::string& page = files.at("github/summary.md");
  EXPECT_EQ(cell_behind(page, "| food |"), on_one_line(name()));
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  // Each command is a line, and its message what is left when the encoding is undone.
  const std::string& annotations = files.at("github/annotations.txt");
  EXPECT_EQ(std::count(annotations.begin(), annotations.end(), '\n'), 3);
  std::string message = annotations.substr(0, annotations.find('\n'));
  message.erase(0, message.find("::", message.find(" title=")) + 2);
  replace_all(message, "%0A", "\n");
  replace_all(message, "%25", "%");
  EXPECT_EQ(message, name());
}

TEST_P(Names, Junit) {
  const goldilocks::testing::TemporaryFolder folder;
  goldilocks::write_file_atomically(folder / "junit.xml", report_text("junit", document()));
  goldilocks::write_file_atomically(folder / "read.py", R"(
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
gates, variants = root
wanted = sys.argv[2]
assert root.get('name') == wanted, root.get('name')
assert variants.get('name') == wanted + ': variants'
assert variants[1].get('name') == wanted, variants[1].get('name')
assert variants[3][0].text == wanted and variants[3][0].get('message') == wanted
)");
  const auto result =
      run_program("/usr/bin/python3", {(folder / "read.py").string(), (folder / "junit.xml").string(), name()});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
}

TEST_P(Names, Sqlite) {
  const goldilocks::testing::TemporaryFolder folder;
  goldilocks::write_file_atomically(folder / "run.sqlite", report_text("sqlite", document()));
  sqlite3* opened = nullptr;
  ASSERT_EQ(sqlite3_open((folder / "run.sqlite").c_str(), &opened), SQLITE_OK);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(opened, &sqlite3_close);
  std::vector<std::string> values;
  sqlite3_exec(
      opened,
      "SELECT name, chosen FROM runs UNION ALL SELECT name, file FROM variants WHERE chosen UNION ALL "
      "SELECT sample, truth FROM samples UNION ALL SELECT error, error FROM variants WHERE error <> ''",
      [](void* to, int count, char** row, char**) {
        static_cast<std::vector<std::string>*>(to)->insert(static_cast<std::vector<std::string>*>(to)->end(), row,
                                                           row + count);
        return 0;
      },
      &values, nullptr);
  EXPECT_THAT(values,
              testing::ElementsAre(name(), name(), name(), name() + ".mlmodel", name(), name(), name(), name()));
}

INSTANTIATE_TEST_SUITE_P(Any, Names, testing::ValuesIn(names));

}  // namespace
