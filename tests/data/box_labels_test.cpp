#include "core/data/box_labels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::data {
namespace {

using ::testing::HasSubstr;

class BoxLabelFiles : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& text) {
    write_file_atomically(folder_ / name, text);
    return folder_ / name;
  }

  std::string error_of(const std::string& name, const std::string& text) {
    try {
      read_box_labels(write(name, text));
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  testing::TemporaryFolder folder_;
};

TEST_F(BoxLabelFiles, OfCocosKind) {
  const BoxLabels labels = read_box_labels(write("boxes.json", R"({
    "categories": [{"id": 3, "name": "cat"}, {"id": 7, "name": "dog"}],
    "images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}, {"id": "x", "file_name": "b/c.jpg"}],
    "annotations": [{"image_id": 1, "category_id": 7, "bbox": [10, 20, 30.5, 40]},
                    {"image_id": 1, "category_id": 3, "bbox": [0, 0, 5, 5], "iscrowd": 1}]})"));
  ASSERT_EQ(labels.images.size(), 2U);
  const BoxLabels::Image& image = *labels.find("a.jpg");
  EXPECT_EQ(image.size, std::make_pair(640, 480));
  ASSERT_EQ(image.boxes.size(), 2U);
  EXPECT_EQ(image.boxes[0].label, "dog");
  EXPECT_EQ(image.boxes[0].width, 30.5);
  EXPECT_FALSE(image.boxes[0].crowd);
  EXPECT_TRUE(image.boxes[1].crowd);
  EXPECT_TRUE(labels.find("b/c.jpg")->boxes.empty());
  EXPECT_FALSE(labels.find("b/c.jpg")->size);
  EXPECT_EQ(labels.find("photos/a.jpg"), &image) << "by the last part of the id";
  EXPECT_EQ(labels.find("c.jpg"), nullptr);
}

TEST_F(BoxLabelFiles, OfLines) {
  const BoxLabels labels = read_box_labels(write("boxes.csv",
                                                 "label,file,left,top,width,height,note\n"
                                                 "cat,a.jpg,1,2,3,4.5,\n"
                                                 ",b.jpg,,,,,nothing here\n"));
  ASSERT_EQ(labels.find("a.jpg")->boxes.size(), 1U);
  EXPECT_EQ(labels.find("a.jpg")->boxes[0].height, 4.5);
  EXPECT_TRUE(labels.find("b.jpg")->boxes.empty());
}

TEST_F(BoxLabelFiles, FaultsNameTheirPlace) {
  EXPECT_THAT(error_of("a.csv", "file,label,left,top,width\n"), HasSubstr("a.csv:1: no column is called 'height'"));
  EXPECT_THAT(error_of("b.csv", "file,label,left,top,width,height\na,b,1,2,x,4\n"),
              HasSubstr("b.csv:2: 'width' must be a number, not 'x'"));
  EXPECT_THAT(error_of("c.csv", "file,label,left,top,width,height\na,b,1,2,-1,4\n"),
              HasSubstr("c.csv:2: a box needs finite numbers, and no negative width or height"));
  EXPECT_THAT(error_of("d.json", "{}"), HasSubstr("d.json: not annotations as COCO's are: "));
  EXPECT_THAT(error_of("e.json", R"({"categories": [], "images": [{"id": 1, "file_name": "a"}],
                                     "annotations": [{"image_id": 1, "category_id": 4, "bbox": [1, 2, 3, 4]}]})"),
              HasSubstr("e.json: annotation 1: its 'category_id' is that of no category"));
}

}  // namespace
}  // namespace goldilocks::data
