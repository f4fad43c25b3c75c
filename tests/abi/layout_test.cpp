// Today's header against the lists of what was frozen, and of what was added since: first by the compiler, then, for
// what it can't see, by tests.
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <goldilocks/abi.h>
#include <gtest/gtest.h>

namespace {

#define GLK_RECORDED_STRUCT(type, size) \
  static_assert(sizeof(type) >= (size), #type " became smaller than it was frozen");
#define GLK_RECORDED_MEMBER(type, member, offset, ...)                               \
  static_assert(offsetof(type, member) == (offset), #type "." #member " has moved"); \
  static_assert(std::is_same_v<decltype(type::member), __VA_ARGS__>, #type "." #member " has another type");
#define GLK_RECORDED_NUMBER(name, value) static_assert((name) == (value), #name " has another value");
#define GLK_RECORDED_TEXT(name, value) static_assert(std::string_view(name) == (value), #name " has another value");
#include "tests/abi/layout.inc"
#undef GLK_RECORDED_STRUCT
#undef GLK_RECORDED_MEMBER
#undef GLK_RECORDED_NUMBER
#undef GLK_RECORDED_TEXT

struct Member {
  std::string name;
  std::size_t offset, size;
};

struct Recorded {
  std::size_t size = 0;
  std::vector<Member> members;
};

// The list as data.
std::map<std::string, Recorded> recorded_structs() {
  std::map<std::string, Recorded> structs;
#define GLK_RECORDED_STRUCT(type, bytes) structs[#type].size = (bytes);
#define GLK_RECORDED_MEMBER(type, member, offset, ...) \
  structs[#type].members.push_back({#member, (offset), sizeof(__VA_ARGS__)});
#define GLK_RECORDED_NUMBER(name, value)
#define GLK_RECORDED_TEXT(name, value)
#include "tests/abi/layout.inc"
  return structs;
}

TEST(FrozenLayout, HasNoPaddingThatIsNotSpelledOut) {
  const auto structs = recorded_structs();
  EXPECT_EQ(structs.size(), 21U);
  for (const auto& [name, recorded] : structs) {
    std::size_t end = 0;
    for (const Member& member : recorded.members) {
      EXPECT_EQ(member.offset, end) << name << "." << member.name;
      end = member.offset + member.size;
    }
    EXPECT_EQ(recorded.size, end) << name;
  }
}

TEST(FrozenLayout, BeginsEveryStructWithItsSize) {
  for (const auto& [name, recorded] : recorded_structs()) {
    ASSERT_FALSE(recorded.members.empty()) << name;
    EXPECT_EQ(recorded.members.front().name, "struct_size") << name;
    EXPECT_EQ(recorded.members.front().size, 4U) << name;
  }
}

}  // namespace
