// docs/results.md has one section per message of the schema, with one row per
// field: its name as in the JSON, its type, and what it means. The schema
// itself says what must be there.
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "goldilocks/results.pb.h"

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

using Fields = std::map<std::string, std::string>;               // name to type
using Sections = std::map<std::string, Fields>;                  // by message
using Order = std::vector<std::pair<std::string, std::string>>;  // (message, field) as
                                                                 // they come

std::string scalar_type(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return "string";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "boolean";
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "number";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "`" + field.message_type()->name() + "`";
    default:
      return "integer";
  }
}

std::string type_in_words(const FieldDescriptor& field) {
  if (field.is_map()) {
    const Descriptor& entry = *field.message_type();
    return "map of " + scalar_type(*entry.map_key()) + " to " + scalar_type(*entry.map_value());
  }
  return (field.is_repeated() ? "list of " : "") + scalar_type(field);
}

// What the page must have: every message that the document can hold.
void collect(const Descriptor& message, Sections& sections) {
  if (!sections.emplace(message.name(), Fields{}).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    sections[message.name()].emplace(field.json_name(), type_in_words(field));
    if (field.message_type() != nullptr && !field.is_map()) collect(*field.message_type(), sections);
  }
}

struct Page {
  Sections sections;
  Order order;
  std::vector<std::string> without_meaning;
};

Page read_page() {
  Page page;
  std::istringstream lines(goldilocks::read_file(std::string(GOLDILOCKS_SOURCE_DIR) + "/docs/results.md"));
  const std::regex heading("## `(\\w+)`");
  const std::regex row(R"(\| `(\w+)` \| ([^|]+) \| (.*) \|)");
  std::string message;
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, heading)) {
      message = match[1];
      page.sections[message];
    } else if (std::regex_match(line, match, row)) {
      page.sections[message].emplace(match[1], match[2]);
      page.order.emplace_back(message, match[1]);
      if (match[3].str().empty()) page.without_meaning.push_back(match[1]);
    }
  }
  return page;
}

TEST(ResultsPage, HasEveryFieldOfTheSchemaWithItsTypeAndNoOther) {
  Sections schema;
  collect(*goldilocks::Results::descriptor(), schema);
  const Page page = read_page();
  for (const auto& [message, fields] : schema) {
    const auto section = page.sections.find(message);
    ASSERT_NE(section, page.sections.end()) << "no section for " << message;
    EXPECT_EQ(section->second, fields) << "in the section of " << message;
  }
  EXPECT_EQ(page.sections.size(), schema.size());
}

TEST(ResultsPage, SaysWhatEachFieldMeans) { EXPECT_THAT(read_page().without_meaning, testing::IsEmpty()); }

TEST(ResultsPage, ListsTheFieldsOfAMessageInTheOrderOfTheDocument) {
  const Page page = read_page();
  for (const auto& [message, fields] : page.sections) {
    const Descriptor* descriptor = goldilocks::Results::descriptor()->file()->FindMessageTypeByName(message);
    ASSERT_NE(descriptor, nullptr) << message;
    int last = 0;
    for (const auto& [section, field] : page.order) {
      if (section != message) continue;
      const FieldDescriptor* found = descriptor->FindFieldByCamelcaseName(field);
      ASSERT_NE(found, nullptr) << message << '.' << field;
      EXPECT_GT(found->number(), last) << message << '.' << field;
      last = found->number();
    }
  }
}

// A field without a value of its own (unset by presence) is missing in the
// JSON; the page must say so.
TEST(ResultsPage, MarksTheFieldsThatMayBeAbsent) {
  Sections schema;
  collect(*goldilocks::Results::descriptor(), schema);
  const std::string text = goldilocks::read_file(std::string(GOLDILOCKS_SOURCE_DIR) + "/docs/results.md");
  for (const auto& [message, fields] : schema) {
    const Descriptor* descriptor = goldilocks::Results::descriptor()->file()->FindMessageTypeByName(message);
    const std::size_t begin = text.find("## `" + message + "`");
    const std::string section = text.substr(begin, text.find("\n## ", begin) - begin);
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor& field = *descriptor->field(i);
      const std::regex marked("\\| `" + field.json_name() + "` \\|[^\n]*may be absent");
      EXPECT_EQ(std::regex_search(section, marked), field.has_presence()) << message << '.' << field.json_name();
    }
  }
}

}  // namespace
