#include "core/data/npy.hpp"

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/data/image_files.hpp"

namespace goldilocks::data {
namespace {

using testing::as_bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A file around a header of one's own, with its length as the version writes it.
std::string file_of(unsigned version, const std::string& header, const std::string& values) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(version);
  file += '\0';
  for (unsigned i = 0; i < (version == 1 ? 2U : 4U); ++i) file += static_cast<char>(header.size() >> (8 * i) & 0xFFU);
  return file + header + values;
}

std::string error_of_npy(const std::string& file) {
  try {
    parse_npy(as_bytes(file), "a.npy");
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Npy, ReadsWhatNumpyWrites) {
  // numpy.save of numpy.array([[1, 2, 3], [4, 5, 6]], dtype='<u2'), but for the padding.
  const std::string file = file_of(1, "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), }   \n",
                                   std::string("\1\0\2\0\3\0\4\0\5\0\6\0", 12));
  const NpyView view = parse_npy(as_bytes(file), "a.npy");
  EXPECT_EQ(view.type, "<u2");
  EXPECT_THAT(view.shape, ElementsAre(2, 3));
  ASSERT_EQ(view.values.size(), 12U);
  EXPECT_EQ(view.values[10], std::byte{6});
}

TEST(Npy, AllVersionsAndSpellingsAreRead) {
  for (const unsigned version : {1U, 2U, 3U}) {
    EXPECT_THAT(
        parse_npy(as_bytes(file_of(version, "{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"|u1\"}", "ab")), "a")
            .shape,
        ElementsAre(2));
  }
  EXPECT_THAT(
      parse_npy(as_bytes(file_of(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 1L), }", "ab")), "a").shape,
      ElementsAre(2, 1));
  EXPECT_THAT(
      parse_npy(as_bytes(file_of(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2,), }", "ab")), "a").shape,
      ElementsAre(2));
}

std::string text_of(const NpyView& view) {
  return {reinterpret_cast<const char*>(view.values.data()), view.values.size()};
}

TEST(Npy, BigEndianValuesAreTurned) {
  const auto read = [](const std::string& type, const std::string& values) {
    const std::string shape = std::to_string(values.size() / std::stoul(type.substr(2)));
    const std::string file =
        file_of(1, "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + ",)}", values);
    const NpyView view = parse_npy(as_bytes(file), "a");
    return view.type + " " + text_of(view);
  };
  EXPECT_EQ(read(">u2", "abcd"), "<u2 badc");
  EXPECT_EQ(read(">f4", "abcdefgh"), "<f4 dcbahgfe");
  EXPECT_EQ(read(">i8", "abcdefgh"), "<i8 hgfedcba");
  EXPECT_EQ(read(">c8", "abcdefgh"), "<c8 dcbahgfe");  // two floats, each turned
  EXPECT_EQ(read(">u1", "abc"), "|u1 abc");
  EXPECT_EQ(read("<u1", "abc"), "|u1 abc");
}

TEST(Npy, FortranOrderIsReadInCOrder) {
  // numpy.save of numpy.array([[1, 2, 3], [4, 5, 6]], order='F') has the columns one behind another.
  const auto read = [](const std::string& type, const std::string& shape, const std::string& values) {
    return text_of(parse_npy(
        as_bytes(file_of(1, "{'descr': '" + type + "', 'fortran_order': True, 'shape': " + shape + "}", values)), "a"));
  };
  EXPECT_EQ(read("|u1", "(2, 3)", "142536"), "123456");
  EXPECT_EQ(read("<u2", "(2, 2)", "a1b1a2b2"), "a1a2b1b2");
  EXPECT_EQ(read(">u2", "(2, 2)", "1a1b2a2b"), "a1a2b1b2");
  EXPECT_EQ(read("|u1", "(1, 3)", "123"), "123");
  EXPECT_EQ(read("|u1", "(3, 0)", ""), "");
}

TEST(Npy, FortranOrderOfAnyShapeAndSizeIsTheSameArray) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (const std::string type : {"|i1", "<f2", "<f4", "<f8", "<c16"}) {
    const std::size_t size = std::stoul(type.substr(2));
    std::vector<std::size_t> shape(1 + random() % 4);
    std::size_t count = 1;
    std::string sides;
    for (std::size_t& side : shape) {
      side = 1 + random() % 5;
      count *= side;
      sides += std::to_string(side) + ",";
    }
    std::string wanted(count * size, '\0');
    for (char& c : wanted) c = static_cast<char>(random());
    std::string stored(wanted.size(), '\0');
    for (std::size_t at = 0; at < count; ++at) {
      std::size_t rest = at;  // the value's index, from its place in C order, gives that in Fortran order
      std::size_t place = 0;
      std::size_t step = count;
      for (std::size_t d = shape.size(); d-- > 0;) {
        step /= shape[d];
        place += rest % shape[d] * step;
        rest /= shape[d];
      }
      stored.replace(place * size, size, wanted, at * size, size);
    }
    const std::string file =
        file_of(1, "{'descr': '" + type + "', 'fortran_order': True, 'shape': (" + sides + ")}", stored);
    EXPECT_EQ(text_of(parse_npy(as_bytes(file), "a")), wanted) << type << " (" << sides << ")";
  }
}

TEST(Npy, AHeaderAloneIsReadWithoutItsValues) {
  const std::string file = file_of(1, "{'descr': '>f4', 'fortran_order': True, 'shape': (1, 2)}", "abcdefgh");
  const NpyHeader header = parse_npy_header(as_bytes(file), "a");
  EXPECT_EQ(header.type, "<f4");
  EXPECT_THAT(header.shape, ElementsAre(1, 2));
  EXPECT_THAT([&] { parse_npy_header(as_bytes(file.substr(0, file.size() - 1)), "a"); },
              ::testing::ThrowsMessage<DataError>(
                  HasSubstr("a: not a readable .npy file: its shape needs 8 bytes of values, and there are 7")));
  const NpyView as_it_lies = parse_npy(as_bytes(npy_header("<f4", header.shape) + "abcdefgh"), "a");
  EXPECT_EQ(as_it_lies.copied, nullptr);
}

TEST(Npy, ASingleValueAndNoValueAreArrays) {
  EXPECT_TRUE(parse_npy(as_bytes(file_of(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (), }", "a")), "a")
                  .shape.empty());
  EXPECT_THAT(
      parse_npy(as_bytes(file_of(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", "")), "a").shape,
      ElementsAre(0, 3));
}

TEST(Npy, WhatCannotBeReadIsRefusedWithTheReason) {
  const auto with = [](const std::string& type, const std::string& order, const std::string& shape) {
    return file_of(1, "{'descr': " + type + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }", "abcd");
  };
  EXPECT_THAT(error_of_npy("GIF89a"), HasSubstr("a.npy: not a readable .npy file: it doesn't begin as one"));
  EXPECT_THAT(error_of_npy(file_of(4, "", "")), HasSubstr("version 4"));
  EXPECT_THAT(error_of_npy(with("'|O'", "False", "(1,)")), HasSubstr("type"));
  EXPECT_THAT(error_of_npy(with("'|O8'", "False", "(1,)")), HasSubstr("Python objects"));
  EXPECT_THAT(error_of_npy(with("[('x', '<u2')]", "False", "(2,)")), HasSubstr("structured"));
  EXPECT_THAT(error_of_npy(with("'|u2'", "False", "(2,)")), HasSubstr("'|u2'"));
  EXPECT_THAT(error_of_npy(with("'>u2'", "True", "(3,)")), HasSubstr("needs 6 bytes of values, and there are 4"));
  EXPECT_THAT(error_of_npy(with("'<u3'", "False", "(2, 2)")), HasSubstr("'<u3'"));
  EXPECT_THAT(error_of_npy(with("'|u1'", "False", "(5,)")), HasSubstr("needs 5 bytes of values, and there are 4"));
  EXPECT_THAT(error_of_npy(with("'|u1'", "False", "(3,)")), HasSubstr("needs 3 bytes of values, and there are 4"));
  EXPECT_THAT(error_of_npy(with("'|u1'", "False", "(4294967296, 4294967296, 4)")), HasSubstr("too large"));
  EXPECT_THAT(error_of_npy(with("'|u1'", "False", "(99999999999999999999,)")), HasSubstr("too large"));
  EXPECT_THAT(error_of_npy(with("'|u1'", "False", "(-4,)")), HasSubstr("broken"));
  EXPECT_THAT(error_of_npy(with("'|u1'", "Maybe", "(4,)")), HasSubstr("broken"));
  EXPECT_THAT(error_of_npy(file_of(1, "{'descr': '|u1', 'shape': (4,), }", "abcd")), HasSubstr("lacks"));
  EXPECT_THAT(error_of_npy(file_of(1, "{'colour': 'red'}", "")), HasSubstr("unexpected 'colour'"));
}

TEST(Npy, HeadersReadBackAndPutTheValuesAtAMultipleOf64) {
  const std::vector<std::vector<std::int64_t>> shapes = {
      {}, {5}, {700, 227, 227, 3}, {1, 2, 3, 4, 5, 6, 7, 8}, {1LL << 40, 0}};
  for (const auto& shape : shapes) {
    std::string file = npy_header("<f4", shape);
    EXPECT_EQ(file.size() % 64, 0U);
    EXPECT_EQ(file.back(), '\n');
    std::size_t values = 4;
    for (const auto side : shape) values *= static_cast<std::size_t>(side);
    if (values > 1'000'000) continue;
    file.append(values, '\0');
    const NpyView view = parse_npy(as_bytes(file), "a");
    EXPECT_EQ(view.shape, shape);
    EXPECT_EQ(view.type, "<f4");
  }
}

TEST(Npy, AHeaderIsTheBytesThatNumpyWrites) {
  const std::vector<std::int64_t> shape = {2, 3};
  std::string expected =
      std::string("\x93NUMPY\x01\x00\x76\x00", 10) + "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }";
  expected.append(127 - expected.size(), ' ');
  EXPECT_EQ(npy_header("|u1", shape), expected + "\n");
}

TEST(Npy, TruncatedAtAnyByteIsAnError) {
  const std::vector<std::int64_t> shape = {2, 3};
  const std::string whole = npy_header("|u1", shape) + "abcdef";
  EXPECT_EQ(error_of_npy(whole), "no error");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(error_of_npy(whole.substr(0, size)), "no error") << size;
  }
}

TEST(Npy, WhateverIsChangedItIsAnArrayOfItsSizeOrAnError) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<std::int64_t> shape = {2, 3};
  const std::string whole = npy_header("<u2", shape) + "abcdefghijkl";
  const std::string letters = "{}()[]',: 0123456789LuifbO<>|TrueFals\n";
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string file = whole;
    for (unsigned i = 0; i <= random() % 3; ++i) {
      file[random() % 70] = random() % 2 == 0 ? letters[random() % letters.size()] : static_cast<char>(random());
    }
    try {
      const NpyView view = parse_npy(as_bytes(file), "a");
      EXPECT_EQ(view.values.size(), 12U);
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace goldilocks::data
