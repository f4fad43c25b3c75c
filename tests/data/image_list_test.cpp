// Lists of files with labels, label maps, and the tables that they are read from.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/csv.hpp"
#include "core/data/dataset.hpp"
#include "core/data/label_map.hpp"
#include "core/data/npy.hpp"
#include "tests/data/image_files.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string csv_error(std::string_view text) {
  try {
    parse_csv(text, "list.csv");
    return "no error";
  } catch (const DataError& error) {
    return error.what();
  }
}

TEST(ParseCsv, QuotesHoldCommasLineBreaksAndQuotes) {
  const auto rows = parse_csv(
      "\xEF\xBB\xBF"
      "a,b\r\n\"x, \"\"y\"\"\",\"two\nlines\"\n\nlast,\n",
      "list.csv");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[0].fields, ElementsAre("a", "b"));
  EXPECT_THAT(rows[1].fields, ElementsAre("x, \"y\"", "two\nlines"));
  EXPECT_THAT(rows[2].fields, ElementsAre("last", ""));
  EXPECT_EQ(rows[2].line, 5U);
}

TEST(ParseCsv, FaultsNameTheLine) {
  EXPECT_EQ(csv_error("a,b\nx\n"), "list.csv:2: 1 fields, where the first line has 2");
  EXPECT_EQ(csv_error("a,b\n\"x,y\n"), "list.csv:2: a quote that is never closed");
  EXPECT_EQ(csv_error("a\nx\"y\n"), "list.csv:2: a quote within a field that doesn't begin with one");
  EXPECT_EQ(csv_error("a\n\"x\"y\n"), "list.csv:2: something stands between a closing quote and the next comma");
  EXPECT_EQ(csv_error("a\n\xFF\n"), "list.csv: the file is not UTF-8");
}

class ImageList : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& content) {
    write_file_atomically(folder_ / name, content);
    return folder_ / name;
  }

  std::string list_error(const std::string& name, const std::string& content) {
    try {
      open_image_list(write(name, content));
      return "no error";
    } catch (const DataError& error) {
      const std::string text = error.what();
      return text.substr(text.find(name));
    }
  }

  std::string map_error(const std::string& name, const std::string& content) {
    try {
      Dataset dataset = pets();
      map_labels(dataset, write(name, content));
      return "no error";
    } catch (const DataError& error) {
      const std::string text = error.what();
      return text.substr(text.find(name));
    }
  }

  static Dataset pets() {
    Dataset dataset;
    dataset.path = "pets";
    dataset.classes = {"cat", "dog", "puppy"};
    dataset.samples = {{"a", "a", 0}, {"b", "b", 1}, {"c", "c", 2}, {"d", "d", 2}};
    return dataset;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(ImageList, CsvAndJsonSayTheSame) {
  const auto csv =
      write("list.csv", "number,file,label\n1,b/2.png,dog\n2,\"b/1, again.png\",dog\n3,\"é <b>\"\"x.png\",cat\n");
  const auto json =
      write("list.json", R"([{"file": "b/2.png", "label": "dog"}, {"label": "dog", "file": "b/1, again.png"},
                                           {"file": "é <b>\"x.png", "label": "cat", "note": [1]}])");
  for (const auto& list : {csv, json}) {
    const Dataset dataset = open_image_list(list);
    EXPECT_THAT(dataset.classes, ElementsAre("cat", "dog"));
    ASSERT_EQ(dataset.samples.size(), 3U);
    EXPECT_EQ(dataset.samples[0].id, "é <b>\"x.png");
    EXPECT_EQ(dataset.samples[0].label, 0U);
    EXPECT_EQ(dataset.samples[1].id, "b/1, again.png");
    EXPECT_EQ(dataset.samples[2].file, folder_ / "b/2.png");
    EXPECT_EQ(dataset.samples[2].label, 1U);
  }
}

TEST_F(ImageList, WholeNumbersAreLabels) {
  EXPECT_THAT(open_image_list(write("a.json", R"([{"file": "x", "label": 12}])")).classes, ElementsAre("12"));
}

TEST_F(ImageList, NamesAreInOneNormalForm) {
  write("sche\u0301ma/ete\u0301.png", "x");  // as an older Mac wrote it
  const Dataset dataset =
      open_image_list(write("list.csv", "file,label\nsch\u00e9ma/et\u00e9.png,caf\u00e9\nnowhere.png,cafe\u0301\n"));
  EXPECT_THAT(dataset.classes, ElementsAre("caf\u00e9"));
  ASSERT_EQ(dataset.samples.size(), 2U);
  EXPECT_EQ(dataset.samples[0].file, folder_ / "nowhere.png");
  EXPECT_EQ(dataset.samples[1].id, "sch\u00e9ma/et\u00e9.png");
  EXPECT_EQ(dataset.samples[1].file, folder_ / "sche\u0301ma/ete\u0301.png");
}

TEST_F(ImageList, EndingsMayBeInCapitals) {
  for (const auto& list :
       {write("LIST.CSV", "file,label\na.png,cat\n"), write("LIST.JSON", R"([{"file": "a.png", "label": "cat"}])")}) {
    EXPECT_TRUE(is_image_list(list)) << list;
    EXPECT_THAT(open_image_list(list).classes, ElementsAre("cat")) << list;
  }
  Dataset dataset = pets();
  map_labels(dataset, write("MAP.JSON", R"({"cat": "tom"})"));
  EXPECT_THAT(dataset.classes, ElementsAre("dog", "puppy", "tom"));
}

TEST_F(ImageList, FaultsNameThePlace) {
  EXPECT_EQ(list_error("a.csv", ""), "a.csv: the file is empty");
  EXPECT_EQ(list_error("a.csv", "file,label\n"), "a.csv: lists no image");
  EXPECT_EQ(list_error("a.csv", "file,class\nx,y\n"),
            "a.csv:1: no column is called 'label'; the first line names the columns: file, class");
  EXPECT_EQ(list_error("a.csv", "file,label\n,y\n"), "a.csv:2: the file's name is empty");
  EXPECT_EQ(list_error("a.csv", "file,label\nx,\n"), "a.csv:2: 'x' has no label");
  EXPECT_EQ(list_error("a.csv", "file,label\nx,y\nx,z\n"), "a.csv:3: 'x' is listed twice");
  EXPECT_EQ(list_error("a.json", R"([{"file": "x"}])"), "a.json: entry 1: must be an object with 'file' and 'label'");
  EXPECT_EQ(list_error("a.json", R"([{"file": "x", "label": 1.5}])"),
            "a.json: entry 1: 'label' must be a text or a whole number");
  EXPECT_EQ(list_error("a.json", "3"), "a.json: must be a list of objects, or one object");
  EXPECT_THAT(list_error("a.json", "[{"), HasSubstr("a.json: not readable as JSON: "));
  EXPECT_THAT(list_error("a.json", "[[[[[[[[[[[[[]]]]]]]]]]]]]"), HasSubstr("nested too deeply"));
  EXPECT_THAT([&] { open_image_list(folder_ / "nowhere.csv"); },
              ::testing::ThrowsMessage<FileError>(HasSubstr("nowhere.csv: can't read: No such file")));
}

TEST_F(ImageList, AMapGivesClassesOtherNamesAndJoinsThem) {
  for (const auto& file :
       {write("map.csv", "class,label\npuppy,hound\ndog,hound\ncat,\"tom, the cat\"\n"),
        write("map.json", R"({"puppy": "hound", "dog": "hound", "cat": "tom, the cat", "cow": "x"})")}) {
    Dataset dataset = pets();
    map_labels(dataset, file);
    EXPECT_THAT(dataset.classes, ElementsAre("hound", "tom, the cat"));
    std::string order;
    for (const Sample& sample : dataset.samples) order += sample.id + std::to_string(sample.label);
    EXPECT_EQ(order, "b0c0d0a1");
  }
}

TEST_F(ImageList, AMapKnowsFoldersByTheirNamesAndAsTheyRead) {
  for (const char* name : {"big_cat/a.png", "big cat/b.png", "hot_dog/c.png", "deep_red/d.png"})
    write(std::string("set/") + name, "x");
  Dataset dataset = open_image_folder(folder_ / "set");
  map_labels(dataset, write("map.json", R"({"big_cat": "deep_red", "hot dog": "sausage"})"));
  // "deep_red" is what the file calls another class; "big cat" stays a folder, whose name a model may tell to be a
  // label.
  EXPECT_THAT(dataset.classes, ElementsAre("big cat", "deep_red", "sausage"));
  EXPECT_THAT(dataset.folders, ElementsAre("big cat", "", ""));
  std::string order;
  for (const Sample& sample : dataset.samples) order += sample.file.stem().string() + std::to_string(sample.label);
  EXPECT_EQ(order, "b0a1d1c2");
}

TEST_F(ImageList, AMapLeavesPackedSamplesInTheirOrder) {
  Dataset dataset = pets();
  dataset.packed = testing::packed_pixels({4, 1, 1}, {1, 2, 3, 4});
  map_labels(dataset, write("map.json", R"({"cat": "zebra"})"));
  EXPECT_THAT(dataset.classes, ElementsAre("dog", "puppy", "zebra"));
  std::string order;
  for (const Sample& sample : dataset.samples) order += sample.id + std::to_string(sample.label);
  EXPECT_EQ(order, "a2b0c1d1");
}

TEST_F(ImageList, AMapsFaultsNameThePlace) {
  EXPECT_EQ(map_error("map.csv", "class,label\ncat,\n"), "map.csv:2: the label of class 'cat' is empty");
  EXPECT_EQ(map_error("map.csv", "class,label\ncat,a\ncat,b\n"), "map.csv:3: the class 'cat' stands twice");
  EXPECT_EQ(map_error("map.json", R"({"cow": "x"})"), "map.json: names no class of pets");
}

TEST_F(ImageList, UnlabelledImagesLieAtAnyDepth) {
  for (const char* name : {"z.png", "a/b/c.png", "a/b.png", ".hidden/x.png", "a/.x"}) write(name, "x");
  const Dataset dataset = open_unlabelled_images(folder_.path());
  std::string ids;
  for (const Sample& sample : dataset.samples) ids += sample.id + " ";
  EXPECT_EQ(ids, "a/b.png a/b/c.png z.png ");
  EXPECT_TRUE(dataset.classes.empty());
  EXPECT_EQ(dataset.samples[1].file, folder_ / "a/b/c.png");
}

TEST_F(ImageList, UnlabelledArraysAreSamplesByNumber) {
  const auto file = write("x.npy", npy_header("|u1", std::vector<std::int64_t>{2, 1, 2}) + "abcd");
  const Dataset dataset = open_unlabelled_images(file);
  ASSERT_EQ(dataset.samples.size(), 2U);
  EXPECT_EQ(dataset.samples[1].id, "1");
  EXPECT_EQ(dataset.packed.read(1).pixels, (std::vector<std::uint8_t>{'c', 'd'}));
}

TEST_F(ImageList, UnlabelledIsNothingWithoutImages) {
  write("empty/.hidden", "x");
  EXPECT_THAT([&] { open_unlabelled_images(folder_ / "empty"); },
              ::testing::ThrowsMessage<DataError>(HasSubstr("empty: holds no image and no array")));
  EXPECT_THAT([&] { open_unlabelled_images(folder_ / "nowhere"); },
              ::testing::ThrowsMessage<Error>(HasSubstr("nowhere: ")));
}

}  // namespace
}  // namespace goldilocks::data
