#include "core/runtime/arrays.hpp"

#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/runtime/files.hpp"
#include "tests/runtime/model_runner.hpp"

namespace goldilocks::runtime {
namespace {

using testing::doubles;
using ::testing::ElementsAre;
using testing::error_of;
using testing::floats;

TEST(Arrays, BecomeFloatsWhateverTheyHold) {
  for (const ElementType type : {ElementType::float32, ElementType::float64, ElementType::float16, ElementType::int64,
                                 ElementType::int32, ElementType::int8}) {
    const Array array = from_doubles(std::vector<double>{-3, 0, 100}, {3}, type);
    EXPECT_EQ(array.data.size(), 3 * size_of(type));
    std::vector<float> values(3);
    to_floats(array, values);
    EXPECT_THAT(values, ElementsAre(-3, 0, 100)) << type_text(type);
  }
}

TEST(Arrays, RoundToTheNearestWholeNumberAndIntoTheRange) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> values = {0.5, 1.5, -2.5, 2.7, 1e30, -1e30, nan};
  EXPECT_THAT(to_doubles(from_doubles(values, {7}, ElementType::int8)), ElementsAre(0, 2, -2, 3, 127, -128, 0));
  EXPECT_THAT(to_doubles(from_doubles(values, {7}, ElementType::int32)),
              ElementsAre(0, 2, -2, 3, 2147483647, -2147483648.0, 0));
  EXPECT_EQ(to_integers(from_doubles(values, {7}, ElementType::int64))[4], std::numeric_limits<std::int64_t>::max());
}

TEST(Arrays, KeepWholeNumbersBeyondFloat64) {
  const Array array = make_array<std::int64_t>({1}, std::vector<std::int64_t>{(std::int64_t{1} << 60) + 1});
  EXPECT_THAT(to_integers(array), ElementsAre((std::int64_t{1} << 60) + 1));
  EXPECT_EQ(with_type(array, ElementType::int64), array);
}

TEST(Arrays, OfFractionsAreNoWholeNumbers) {
  EXPECT_EQ(error_of([] { to_integers(doubles({1}, {0.5})); }), "0.5 is no whole number");
}

TEST(Arrays, NeedDataThatFitTheShape) {
  Array array = floats({2}, {1, 2});
  array.shape = {3};
  EXPECT_EQ(error_of([&] { element_count(array); }), "an array of shape [3] and type float32 with 8 bytes of data");
  array.shape = {-2};
  EXPECT_NE(error_of([&] { element_count(array); }), "");
  array.shape = {std::int64_t{1} << 62, 8};
  EXPECT_NE(error_of([&] { element_count(array); }), "");
}

TEST(NpyFiles, KeepEveryTypeThatAnArrayHas) {
  const testing::TemporaryFolder folder;
  for (const ElementType type : {ElementType::float32, ElementType::float64, ElementType::float16, ElementType::int64,
                                 ElementType::int32, ElementType::int8}) {
    const Array array = from_doubles(std::vector<double>{1, -2, 3, 4, 5, 6}, {2, 3}, type);
    write_file_atomically(folder / "a.npy", npy_content(array));
    EXPECT_EQ(read_npy(folder / "a.npy"), array);
  }
}

}  // namespace
}  // namespace goldilocks::runtime
