// Constants in the messages of the file, byte by byte as the format's reference writes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/ml_program/decode.hpp"
#include "core/formats/ml_program/encode.hpp"

namespace goldilocks::ml_program {
namespace {

using ::testing::HasSubstr;

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 3)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

struct Decoded {
  spec::MILSpec::Value message;
  std::vector<model::Violation> violations;
  std::shared_ptr<const Value> value;

  explicit Decoded(spec::MILSpec::Value from) : message(std::move(from)) {
    WeightFiles none("/nowhere", "/nowhere");
    Report report(violations);
    value = decode_value(message, none, report);
  }
  explicit Decoded(std::string_view hex) : Decoded(parsed(hex)) {}
  static spec::MILSpec::Value parsed(std::string_view hex) {
    spec::MILSpec::Value value;
    EXPECT_TRUE(value.ParseFromString(bytes_of(hex)));
    return value;
  }
  std::string problem() const { return violations.empty() ? "" : violations[0].problem; }
};

struct Example {
  const char* name;
  const char* hex;
  const char* type;
  std::vector<double> numbers;
};

const std::vector<Example> examples = {
    {"half", "12 04 0a 02 08 0a 1a 08 0a 06 3a 04 0a 02 66 2e", "fp16", {0.0999755859375}},
    {"float", "12 0c 0a 0a 08 0b 10 01 1a 04 0a 02 08 01 1a 0a 0a 08 0a 06 0a 04 00 00 c0 3f", "fp32[1]", {1.5}},
    {"int8", "12 0c 0a 0a 08 15 10 01 1a 04 0a 02 08 03 1a 09 0a 07 3a 05 0a 03 01 fe 03", "int8[3]", {1, -2, 3}},
    {"int4", "12 0c 0a 0a 08 19 10 01 1a 04 0a 02 08 03 1a 08 0a 06 3a 04 0a 02 78 0f", "int4[3]", {-8, 7, -1}},
    {"uint1", "12 0c 0a 0a 08 25 10 01 1a 04 0a 02 08 03 1a 07 0a 05 3a 03 0a 01 05", "uint1[3]", {1, 0, 1}},
    {"uint32",
     "12 0c 0a 0a 08 21 10 01 1a 04 0a 02 08 02 1a 0e 0a 0c 3a 0a 0a 08 01 00 00 00 02 00 00 00",
     "uint32[2]",
     {1, 2}},
    {"int16",
     "12 0c 0a 0a 08 16 10 01 1a 04 0a 02 08 02 1a 11 0a 0f 12 0d 0a 0b ff ff ff ff ff ff ff ff ff 01 02",
     "int16[2]",
     {-1, 2}},
    {"bool", "12 04 0a 02 08 01 1a 07 0a 05 1a 03 0a 01 01", "bool", {1}},
};

TEST(ImmediateValues, AreReadAsTheReferenceWritesThem) {
  for (const Example& example : examples) {
    const Decoded decoded(example.hex);
    ASSERT_NE(decoded.value, nullptr) << example.name << ": " << decoded.problem();
    EXPECT_EQ(text(decoded.value->type), example.type);
    std::vector<double> numbers;
    for (std::size_t i = 0; i < element_count(*decoded.value); ++i) numbers.push_back(number_at(*decoded.value, i));
    EXPECT_EQ(numbers, example.numbers) << example.name;
  }
}

TEST(ImmediateValues, AreWrittenAsTheReferenceWritesThem) {
  for (const Example& example : examples) {
    const Decoded decoded(example.hex);
    EXPECT_EQ(encode_value(*decoded.value).SerializeAsString(), bytes_of(example.hex)) << example.name;
  }
}

TEST(ImmediateValues, OfTextAreViews) {
  const Decoded decoded("12 04 0a 02 08 02 1a 0b 0a 09 22 07 0a 05 76 61 6c 69 64");
  ASSERT_NE(decoded.value, nullptr);
  EXPECT_EQ(decoded.value->strings, std::vector<std::string_view>{"valid"});
}

TEST(ImmediateValues, OfThreeAndSixBitsCrossBytes) {
  const auto numbers = [](ElementType type, std::vector<std::uint8_t> bytes, std::int64_t count) {
    Value value;
    value.type = tensor(type, {count});
    value.bytes = std::as_bytes(std::span(bytes));
    std::vector<std::int64_t> read;
    for (std::int64_t i = 0; i < count; ++i) read.push_back(integer_at(value, static_cast<std::size_t>(i)));
    return read;
  };
  EXPECT_EQ(numbers(ElementType::uint3, {0xd1, 0x58, 0x1f, 0x05}, 9),
            (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 0, 5}));
  EXPECT_EQ(numbers(ElementType::uint6, {0x81, 0xf0, 0x83, 0x05}, 5), (std::vector<std::int64_t>{1, 2, 63, 32, 5}));
  EXPECT_EQ(numbers(ElementType::int4, {0xf8, 0x70, 0x03}, 5), (std::vector<std::int64_t>{-8, -1, 0, 7, 3}));
  EXPECT_EQ(numbers(ElementType::uint2, {0x39, 0x03}, 5), (std::vector<std::int64_t>{1, 2, 3, 0, 3}));
  EXPECT_EQ(numbers(ElementType::uint1, {0x8d, 0x01}, 10), (std::vector<std::int64_t>{1, 0, 1, 1, 0, 0, 0, 1, 1, 0}));
}

TEST(ImmediateValues, ThatDontFitTheirTypeAreReported) {
  // A uint1 tensor of three elements with a fourth bit set.
  EXPECT_THAT(Decoded("12 0c 0a 0a 08 25 10 01 1a 04 0a 02 08 03 1a 07 0a 05 3a 03 0a 01 0d").problem(),
              HasSubstr("bits beyond the last element are not 0"));
  // int16 numbers of which one is 40,000.
  EXPECT_THAT(Decoded("12 0c 0a 0a 08 16 10 01 1a 04 0a 02 08 02 1a 0a 0a 08 12 06 0a 04 c0 b8 02 02").problem(),
              HasSubstr("40000 is no int16"));
  // A half in `floats`.
  EXPECT_THAT(Decoded("12 04 0a 02 08 0a 1a 0a 0a 08 0a 06 0a 04 00 00 c0 3f").problem(),
              HasSubstr("fp16 lies in bytes, not in floats"));
  // Two bytes for three int8.
  EXPECT_THAT(Decoded("12 0c 0a 0a 08 15 10 01 1a 04 0a 02 08 03 1a 08 0a 06 3a 04 0a 02 01 fe").problem(),
              HasSubstr("2 bytes of elements; int8[3] takes 3"));
}

TEST(Lists, HaveAsManyValuesOfOneTypeAsTheySay) {
  spec::MILSpec::Value list;
  *list.mutable_type() = encode_type(list_of(tensor(ElementType::int32), 2));
  const auto item = [](std::int32_t number) {
    spec::MILSpec::Value value;
    *value.mutable_type() = encode_type(tensor(ElementType::int32));
    value.mutable_immediatevalue()->mutable_tensor()->mutable_ints()->add_values(number);
    return value;
  };
  *list.mutable_immediatevalue()->mutable_list()->add_values() = item(1);
  EXPECT_THAT(Decoded(list).problem(), HasSubstr("1 values for list<int32, 2>"));
  *list.mutable_immediatevalue()->mutable_list()->add_values() = item(2);
  EXPECT_EQ(Decoded(list).value->items.size(), 2U);
  auto& text = *list.mutable_immediatevalue()->mutable_list()->mutable_values(1);
  *text.mutable_type() = encode_type(tensor(ElementType::string));
  text.mutable_immediatevalue()->mutable_tensor()->mutable_strings()->add_values("b");
  EXPECT_THAT(Decoded(list).problem(), HasSubstr("str in a value of type list<int32, 2>"));
}

TEST(Types, BeyondAnyMemoryAreRefused) {
  EXPECT_TRUE(has_sane_size(tensor(ElementType::float32, {std::int64_t{1} << 24, std::int64_t{1} << 24})));
  EXPECT_FALSE(has_sane_size(tensor(ElementType::float32, {std::int64_t{1} << 40, std::int64_t{1} << 40})));
  EXPECT_FALSE(has_sane_size(tensor(ElementType::float32, {INT64_MAX})));
  EXPECT_FALSE(has_sane_size(tensor(ElementType::float32, {0, INT64_MAX, INT64_MAX})));
  EXPECT_TRUE(has_sane_size(tensor(ElementType::float32, {unknown, 1000})));
}

}  // namespace
}  // namespace goldilocks::ml_program
