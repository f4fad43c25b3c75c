// The message definitions in proto/coreml against the recorded facts of the format: a field that is missing, renamed,
// renumbered or of another type would read files wrongly and silently. protoc has written the definitions as
// descriptors when the tests were built.
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "tests/support/reference.hpp"

namespace goldilocks::model {
namespace {

namespace pb = google::protobuf;

constexpr std::string_view root = "CoreML.Specification";

const pb::FileDescriptorSet& descriptors() {
  static const pb::FileDescriptorSet loaded = [] {
    std::ifstream file(GOLDILOCKS_COREML_DESCRIPTORS, std::ios::binary);
    pb::FileDescriptorSet files;
    EXPECT_TRUE(files.ParseFromIstream(&file)) << GOLDILOCKS_COREML_DESCRIPTORS;
    return files;
  }();
  return loaded;
}

// A full name below the format's package: ".CoreML.Specification.Model" is "Model".
std::string below_root(std::string name) {
  if (name.starts_with('.')) name.erase(0, 1);
  EXPECT_TRUE(name.starts_with(root)) << name;
  return name.size() > root.size() ? name.substr(root.size() + 1) : std::string();
}

std::string scalar_name(pb::FieldDescriptorProto::Type type) {
  std::string name = pb::FieldDescriptorProto::Type_Name(type).substr(5);  // TYPE_INT64
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

std::string type_name(const pb::FieldDescriptorProto& field) {
  return field.has_type_name() ? below_root(field.type_name()) : scalar_name(field.type());
}

// Rows of the record: package, message, kind, number, label, type, name, oneof.
using Rows = std::set<std::string>;

class Describer {
 public:
  explicit Describer(const pb::FileDescriptorProto& file) : package_(file.package()) {
    const std::string outer = below_root(package_);
    const std::string prefix = outer.empty() ? outer : outer + ".";
    for (const auto& message : file.message_type()) add(message, prefix + message.name());
    for (const auto& type : file.enum_type()) add(type, prefix + type.name());
  }

  const Rows& rows() const { return rows_; }

 private:
  void add_row(const std::string& owner, const char* kind, const std::string& number, const char* label,
               const std::string& type, const std::string& name, const std::string& oneof) {
    rows_.insert(
        fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}", package_, owner, kind, number, label, type, name, oneof));
  }

  void add(const pb::EnumDescriptorProto& type, const std::string& owner) {
    for (const auto& value : type.value())
      add_row(owner, "enum", std::to_string(value.number()), "", "", value.name(), "");
  }

  void add(const pb::DescriptorProto& message, const std::string& owner) {
    if (message.field().empty()) add_row(owner, "message", "", "", "", "", "");
    for (const auto& field : message.field()) add(message, field, owner);
    for (const auto& nested : message.nested_type()) {
      if (!nested.options().map_entry()) add(nested, fmt::format("{}.{}", owner, nested.name()));
    }
    for (const auto& nested : message.enum_type()) add(nested, fmt::format("{}.{}", owner, nested.name()));
  }

  void add(const pb::DescriptorProto& message, const pb::FieldDescriptorProto& field, const std::string& owner) {
    bool repeated = field.label() == pb::FieldDescriptorProto::LABEL_REPEATED;
    std::string type = type_name(field);
    for (const auto& nested : message.nested_type()) {
      if (!nested.options().map_entry() || type != fmt::format("{}.{}", owner, nested.name())) continue;
      type = fmt::format("map<{},{}>", type_name(nested.field(0)), type_name(nested.field(1)));
      repeated = false;
    }
    const std::string oneof = field.has_oneof_index() ? message.oneof_decl(field.oneof_index()).name() : std::string();
    add_row(owner, "field", std::to_string(field.number()), repeated ? "repeated" : "", type, field.name(), oneof);
  }

  std::string package_;
  Rows rows_;
};

Rows described_rows() {
  Rows rows;
  for (const auto& file : descriptors().file()) rows.merge(Rows(Describer(file).rows()));
  return rows;
}

std::string difference(const Rows& a, const Rows& b) {
  std::string text;
  for (const std::string& row : a) {
    if (!b.contains(row)) text += row + "\n";
  }
  return text;
}

TEST(ProtoSchema, HasEveryFieldOfTheFormatAndNoOther) {
  GOLDILOCKS_REFERENCE_OR_SKIP(path, "../format/coreml-fields.tsv");
  std::ifstream file(path);
  Rows recorded;
  std::string line;
  std::getline(file, line);  // the columns' names
  while (std::getline(file, line)) recorded.insert(line);
  ASSERT_GT(recorded.size(), 1000U);
  const Rows described = described_rows();
  EXPECT_EQ(difference(recorded, described), "") << "these are recorded, and missing in proto/coreml";
  EXPECT_EQ(difference(described, recorded), "") << "these are in proto/coreml alone";
}

TEST(ProtoSchema, UsesTheLiteRuntimeThroughout) {
  // With the full runtime a plugin's own copy of the messages would abort the program.
  for (const auto& file : descriptors().file()) {
    EXPECT_EQ(file.options().optimize_for(), pb::FileOptions::LITE_RUNTIME) << file.name();
    EXPECT_EQ(file.syntax(), "proto3") << file.name();
  }
}

TEST(ProtoSchema, EveryMessageIsExplained) {
  for (const auto& file : descriptors().file()) {
    std::set<int> explained;
    for (const auto& location : file.source_code_info().location()) {
      // The path of a top-level message: field 4 of the file, and its index.
      if (location.path_size() == 2 && location.path(0) == 4 && location.has_leading_comments()) {
        explained.insert(location.path(1));
      }
    }
    for (int i = 0; i < file.message_type_size(); ++i) {
      EXPECT_TRUE(explained.contains(i)) << file.name() << ": " << file.message_type(i).name();
    }
  }
}

}  // namespace
}  // namespace goldilocks::model
