#include "core/data/array_column.hpp"

#include <cstring>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/dataset.hpp"
#include "core/data/npy.hpp"
#include "core/data/split.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/zip_file.hpp"

namespace goldilocks::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

template <class Number>
std::string npy(const char* type, const std::vector<std::int64_t>& shape, const std::vector<Number>& values) {
  std::string file = npy_header(type, shape);
  file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number));
  return file;
}

std::string floats(const std::vector<std::int64_t>& shape, const std::vector<float>& values) {
  return npy("<f4", shape, values);
}

class ArrayColumns : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& content) const {
    write_file_atomically(folder_ / name, content);
    return folder_ / name;
  }
  // Samples "0", "1", ...
  static Dataset samples(std::size_t count) {
    Dataset dataset;
    dataset.path = "images";
    for (std::size_t i = 0; i < count; ++i) dataset.samples.push_back({std::to_string(i), {}, 0});
    return dataset;
  }
  std::string error_of(const std::string& name, const std::string& array, const Dataset& dataset) const {
    try {
      open_arrays(folder_ / name, array, dataset);
    } catch (const DataError& error) {
      const std::string message = error.what();
      const std::string folder = folder_.path().string() + "/";
      return message.starts_with(folder) ? message.substr(folder.size()) : message;
    }
    return "no error";
  }

  TemporaryFolder folder_;
  ThreadPool pool_{2};
};

TEST_F(ArrayColumns, RowsOfAFileAreTheSamples) {
  write("x.npy", floats({3, 2}, {1, 2, 3, 4, 5, 6}));
  const auto columns = open_arrays(folder_ / "x.npy", "x", samples(3));
  ASSERT_EQ(columns.size(), 1U);
  EXPECT_EQ(columns[0].name, "x");
  EXPECT_THAT(columns[0].shape, ElementsAre(2));
  EXPECT_THAT(load_floats(columns[0], pool_), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(load_floats(take(columns[0], std::vector<std::size_t>{2, 0}), pool_), ElementsAre(5, 6, 1, 2));
}

TEST_F(ArrayColumns, NumbersOfEveryTypeBecomeFloats) {
  const auto loaded = [&](const std::string& content) {
    write("x.npy", content);
    return load_floats(open_arrays(folder_ / "x.npy", "", samples(2)).front(), pool_);
  };
  EXPECT_THAT(loaded(npy<double>("<f8", {2}, {0.5, -3})), ElementsAre(0.5F, -3));
  EXPECT_THAT(loaded(npy<std::uint16_t>("<f2", {2}, {0x3C00, 0xC000})), ElementsAre(1, -2));
  EXPECT_THAT(loaded(npy<std::int64_t>("<i8", {2}, {-7, 1LL << 40})), ElementsAre(-7, 1099511627776.0F));
  EXPECT_THAT(loaded(npy<std::uint8_t>("|u1", {2}, {255, 0})), ElementsAre(255, 0));
  EXPECT_THAT(loaded(npy<std::int8_t>("|i1", {2}, {-1, 1})), ElementsAre(-1, 1));
  EXPECT_THAT(loaded(npy<std::uint8_t>("|b1", {2}, {1, 0})), ElementsAre(1, 0));
  EXPECT_THAT(loaded(npy<std::uint16_t>("<u2", {2}, {65535, 1})), ElementsAre(65535, 1));
  EXPECT_THAT(loaded(npy<std::int16_t>("<i2", {2}, {-2, 300})), ElementsAre(-2, 300));
  EXPECT_THAT(loaded(npy<std::uint32_t>("<u4", {2}, {1U << 31U, 1})), ElementsAre(2147483648.0F, 1));
  EXPECT_THAT(loaded(npy<std::int32_t>("<i4", {2}, {-5, 70000})), ElementsAre(-5, 70000));
  EXPECT_THAT(loaded(npy<std::uint64_t>("<u8", {2}, {std::uint64_t{1} << 63U, 1})),
              ElementsAre(9223372036854775808.0F, 1));
  write("x.npy", npy<std::uint64_t>("<c8", {2}, {0, 0}));
  EXPECT_THAT(error_of("x.npy", "", samples(2)),
              HasSubstr("x.npy: has values of the type '<c8', which are no numbers"));
}

TEST_F(ArrayColumns, AnArchiveHasThemByName) {
  write("a.npz", testing::zip_of({{"x.npy", floats({2}, {1, 2})}, {"y.npy", floats({2, 1}, {3, 4})}}, true));
  const auto all = open_arrays(folder_ / "a.npz", "", samples(2));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].name, "y");
  EXPECT_EQ(all[1].place(), (folder_ / "a.npz").string() + "['y']");
  EXPECT_THAT(load_floats(all[1], pool_), ElementsAre(3, 4));
  EXPECT_THAT(load_floats(open_arrays(folder_ / "a.npz", "x", samples(2)).front(), pool_), ElementsAre(1, 2));
  EXPECT_EQ(error_of("a.npz", "z", samples(2)), "a.npz: has no array 'z'; it has x, y");
  write("b.npz", testing::zip_of({{"x.npy", floats({2}, {1, 2})}, {"y.npy", floats({3}, {3, 4, 5})}}, true));
  EXPECT_EQ(error_of("b.npz", "", samples(2)),
            "b.npz: its arrays have different numbers of samples: 2 of 'x', 3 of 'y'");
  write("c.npz", testing::zip_of({{"whatever.npy", floats({2}, {8, 9})}}, false));
  EXPECT_EQ(open_arrays(folder_ / "c.npz", "x", samples(2)).front().name, "x");
}

TEST_F(ArrayColumns, FilesOfAFolderGoByTheSamplesIds) {
  Dataset dataset = samples(0);
  for (const char* id : {"a b/\"1\", ü.jpg", "c.d.png"}) dataset.samples.push_back({id, "x", 0});
  write("t/a b/\"1\", ü.npy", floats({2}, {1, 2}));
  write("t/c.d.npy", floats({2}, {3, 4}));
  write("t/other.npy", floats({1}, {0}));
  const auto column = open_arrays(folder_ / "t", "", dataset).front();
  EXPECT_THAT(load_floats(column, pool_), ElementsAre(1, 2, 3, 4));
  write("t/c.d.npy", floats({1}, {3}));
  EXPECT_THAT([&] { load_floats(column, pool_); },
              ::testing::ThrowsMessage<DataError>(HasSubstr("c.d.npy: was changed during the run")));
  EXPECT_EQ(error_of("t", "", dataset),
            "t/c.d.npy: is '<f4' [1], and \"1\", ü.npy is '<f4' [2]; the arrays of a folder are alike");
  dataset.samples.push_back({"missing.png", "x", 0});
  EXPECT_EQ(error_of("t", "", dataset), "t: has no file for 1 of 3 samples, such as 'missing.png'");
  write("t/c.d.png", "x");
  EXPECT_THAT(error_of("t", "", dataset), HasSubstr("is for the same sample as"));
}

TEST_F(ArrayColumns, TheArraysOfAFolderAreOfOneType) {
  write("t/0.npy", floats({2}, {1, 2}));
  write("t/1.npy", npy<double>("<f8", {2}, {3, 4}));
  EXPECT_EQ(error_of("t", "", samples(2)),
            "t/1.npy: is '<f8' [2], and 0.npy is '<f4' [2]; the arrays of a folder are "
            "alike");
}

TEST_F(ArrayColumns, AFileThatChangesAfterItWasOpenedIsAnError) {
  const std::string content = floats({3, 2}, {1, 2, 3, 4, 5, 6});
  const auto path = write("x.npy", content);
  const auto column = open_arrays(path, "", samples(3)).front();
  EXPECT_THAT(load_floats(column, pool_), ElementsAre(1, 2, 3, 4, 5, 6));
  for (const std::string& other : {floats({2, 2}, {1, 2, 3, 4}), floats({3, 1}, {1, 2, 3}), floats({}, {1}),
                                   npy<std::int32_t>("<i4", {3, 2}, {1, 2, 3, 4, 5, 6})}) {
    write("x.npy", other);
    EXPECT_THAT([&] { load_floats(column, pool_); },
                ::testing::ThrowsMessage<DataError>(path.string() + ": was changed during the run"));
  }
}

TEST_F(ArrayColumns, EndingsMayBeInCapitals) {
  write("X.NPY", floats({2}, {1, 2}));
  write("A.NPZ", testing::zip_of({{"x.npy", floats({2}, {3, 4})}}, true));
  write("t/0.NPY", floats({1}, {5}));
  write("t/1.npy", floats({1}, {6}));
  const auto loaded = [&](const char* name) {
    return load_floats(open_arrays(folder_ / name, "", samples(2)).front(), pool_);
  };
  EXPECT_THAT(loaded("X.NPY"), ElementsAre(1, 2));
  EXPECT_THAT(loaded("A.NPZ"), ElementsAre(3, 4));
  EXPECT_THAT(loaded("t"), ElementsAre(5, 6));
}

TEST_F(ArrayColumns, ArraysInFortranOrderAndBigEndianAreTheSameNumbers) {
  // [[1, 2], [3, 4], [5, 6]], whose columns are stored one behind another, with the highest byte first.
  std::string file = npy_header("<i2", std::vector<std::int64_t>{3, 2});
  file.replace(file.find("<i2"), 3, ">i2").replace(file.find("False"), 5, "True ");
  file += std::string("\0\1\0\3\0\5\0\2\0\4\0\6", 12);
  write("x.npy", file);
  const auto column = open_arrays(folder_ / "x.npy", "", samples(3)).front();
  EXPECT_THAT(load_floats(column, pool_), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(load_floats(take(column, std::vector<std::size_t>{2, 0}), pool_), ElementsAre(5, 6, 1, 2));
}

TEST_F(ArrayColumns, AreLoadedPieceByPieceUnlessThatReadsAllOfTheFileEachTime) {
  const auto at_once = [&](const std::string& name, const std::string& content) {
    write(name, content);
    return samples_at_once(open_arrays(folder_ / name, "", samples(3)).front());
  };
  std::string file = npy_header("<i2", std::vector<std::int64_t>{3, 2}) + std::string(12, '\0');
  EXPECT_EQ(at_once("x.npy", file), (std::size_t{16} << 20U) / 8);
  EXPECT_EQ(at_once("x.npz", testing::zip_of({{"x.npy", file}}, true)), 3U);
  std::string swapped = file;
  EXPECT_EQ(at_once("x.npy", swapped.replace(swapped.find("<i2"), 3, ">i2")), 3U);
  EXPECT_EQ(at_once("x.npy", file.replace(file.find("False"), 5, "True ")), 3U);
}

TEST_F(ArrayColumns, OtherNumbersOfSamplesAreAnError) {
  write("x.npy", floats({3, 2}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(error_of("x.npy", "", samples(2)), "x.npy: has 3 samples, and images has 2");
  write("x.npy", floats({}, {1}));
  EXPECT_EQ(error_of("x.npy", "", samples(1)), "x.npy: is one number; arrays are of the shape [samples, ...]");
}

TEST_F(ArrayColumns, SamplesWithoutValuesAreAnErrorHoweverManyThereAre) {
  write("x.npy", floats({1LL << 40, 0}, {}));
  EXPECT_EQ(error_of("x.npy", "", samples(2)), "x.npy: its samples hold no values");
  write("y.npy", floats({0, 1LL << 40}, {}));
  EXPECT_EQ(error_of("y.npy", "", samples(2)), "y.npy: has 0 samples, and images has 2");
}

TEST_F(ArrayColumns, SamplesMayBeArraysAlone) {
  write("x.npy", floats({3, 1}, {1, 2, 3}));
  write("y.npy", npy<std::int64_t>("<i8", {3}, {7, 5, 7}));
  Dataset dataset = open_array_samples(folder_ / "x.npy", "", true);
  ASSERT_EQ(dataset.samples.size(), 3U);
  set_labels(dataset, folder_ / "y.npy");
  EXPECT_THAT(dataset.classes, ElementsAre("5", "7"));
  EXPECT_EQ(dataset.samples[1].label, 0U);
  write("y.npz", testing::zip_of({{"labels.npy", npy<std::int64_t>("<i8", {3}, {1, 1, 2})}}, true));
  set_labels(dataset, folder_ / "y.npz");
  EXPECT_THAT(dataset.classes, ElementsAre("1", "2"));
  const auto labels_error = [&](const std::string& content) {
    write("z.npz", content);
    try {
      set_labels(dataset, folder_ / "z.npz");
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const std::string ones = npy<std::int64_t>("<i8", {3}, {1, 1, 1});
  EXPECT_EQ(labels_error(testing::zip_of({{"a.npy", ones}}, true)),
            (folder_ / "z.npz").string() + ": has no array 'labels'; it has a");
  EXPECT_EQ(
      labels_error(testing::zip_of({{"a.npy", ones}, {"labels.npy", npy<std::int64_t>("<i8", {3}, {4, 4, 6})}}, true)),
      "no error");
  EXPECT_THAT(dataset.classes, ElementsAre("4", "6"));
  write("f/one_two/a.npy", floats({1}, {1}));
  write("f/b/a.npy", floats({1}, {1}));
  EXPECT_THAT(open_array_samples(folder_ / "f", "", true).classes, ElementsAre("b", "one two"));
  EXPECT_TRUE(open_array_samples(folder_ / "f", "", false).classes.empty());
  write("f/c.npy", floats({1}, {1}));
  EXPECT_TRUE(open_array_samples(folder_ / "f", "", true).classes.empty()) << "a file beside the folders";
  write("x.npy", floats({0, 2}, {}));
  EXPECT_THAT([&] { open_array_samples(folder_ / "x.npy", "", true); },
              ::testing::ThrowsMessage<DataError>((folder_ / "x.npy").string() + ": holds no sample"));
}

TEST_F(ArrayColumns, PartsAndFingerprintsFollowTheSamples) {
  write("x.npy", floats({2, 1}, {1, 2}));
  Dataset dataset = open_array_samples(folder_ / "x.npy", "", true);
  const auto without = fingerprint(dataset, pool_);
  dataset.inputs = open_arrays(folder_ / "x.npy", "", dataset);
  dataset.targets = dataset.inputs;
  const auto with = fingerprint(dataset, pool_);
  EXPECT_NE(with, without);
  const Dataset second = take_samples(dataset, std::vector<std::size_t>{1});
  EXPECT_THAT(load_floats(second.inputs.front(), pool_), ElementsAre(2));
  EXPECT_THAT(load_floats(second.targets.front(), pool_), ElementsAre(2));
  EXPECT_NE(fingerprint(second, pool_), with);
  write("x.npy", floats({2, 1}, {1, 3}));
  EXPECT_NE(fingerprint(dataset, pool_), with);
}

TEST_F(ArrayColumns, AFingerprintIsOfAllThatDeterminesTheValues) {
  const auto archive =
      write("a.npz", testing::zip_of({{"x.npy", floats({2}, {1, 2})}, {"y.npy", floats({2}, {1, 2})}}, true));
  write("t/0.npy", floats({1}, {1}));
  const auto file = write("t/1.npy", floats({1}, {2}));
  const auto column = open_arrays(archive, "x", samples(2)).front();
  const auto folder = open_arrays(folder_ / "t", "x", samples(2)).front();
  ArrayColumn named = column;
  named.name = "z";
  ArrayColumn other = column;
  other.member = "y";
  const ArrayColumn turned = take(column, std::vector<std::size_t>{1, 0});
  const ArrayColumn turned_folder = take(folder, std::vector<std::size_t>{1, 0});
  std::set<std::string> distinct;
  for (const ArrayColumn& one : {column, named, other, turned, folder, turned_folder}) {
    EXPECT_TRUE(distinct.insert(fingerprint(one, pool_)).second);
  }
  EXPECT_FALSE(distinct.insert(fingerprint(column, pool_)).second);
  write("t/1.npy", floats({1}, {3}));
  EXPECT_TRUE(distinct.insert(fingerprint(folder, pool_)).second);
}

TEST_F(ArrayColumns, ImagesAreFilesOrBytes) {
  write("x.npy", npy<std::uint8_t>("|u1", {2, 1, 2}, {1, 2, 3, 4}));
  const auto column = open_arrays(folder_ / "x.npy", "", samples(2)).front();
  const Dataset images = images_of(take(column, std::vector<std::size_t>{1}));
  EXPECT_EQ(images.samples.size(), 1U);
  EXPECT_THAT(images.packed.read(0).pixels, ElementsAre(3, 4));
  write("y.npy", floats({2, 1, 2}, {1, 2, 3, 4}));
  EXPECT_THAT([&] { images_of(open_arrays(folder_ / "y.npy", "", samples(2)).front()); },
              ::testing::ThrowsMessage<DataError>(
                  HasSubstr("y.npy: images must be unsigned bytes ('|u1'), not of the type '<f4'")));
  write("t/0.npy", npy<std::uint8_t>("|u1", {1, 2}, {1, 2}));
  EXPECT_THAT([&] { images_of(open_arrays(folder_ / "t", "", samples(1)).front()); },
              ::testing::ThrowsMessage<DataError>(HasSubstr("images in .npy files are in one file")));
  write("p/0.png", "first");
  write("p/1.png", "second");
  const auto photos = take(open_arrays(folder_ / "p", "", samples(2)).front(), std::vector<std::size_t>{1, 0});
  EXPECT_TRUE(photos.images);
  EXPECT_EQ(images_of(photos).samples.at(0).file, folder_ / "p/1.png");
}

}  // namespace
}  // namespace goldilocks::data
