#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace goldilocks::data {

// A box on an image as it lies on the disk, in pixels from its top left corner.
struct LabelledBox {
  std::string label;
  double left = 0, top = 0, width = 0, height = 0;
  bool crowd = false;  // of many that are not told apart
  std::string place;   // "boxes.csv:3"
};

// What is to be seen on images, by their files' names.
struct BoxLabels {
  struct Image {
    std::optional<std::pair<int, int>> size{};  // width and height, where the file says them
    std::vector<LabelledBox> boxes{};
  };

  std::map<std::string, Image> images;

  // The image of a sample: by its id, or where no image is called so, by the last part of the id. Null if there is
  // none.
  const Image* find(const std::string& id) const;
};

// JSON as COCO's annotations are: `images` with `id` and `file_name`, and `width` and `height` if they are there;
// `categories` with `id` and `name`; `annotations` with `image_id`, `category_id`, `bbox` as [left, top, width,
// height], and `iscrowd` if it is there. Otherwise CSV with the columns `file`, `label`, `left`, `top`, `width` and
// `height`, a line for each box; a line whose label is empty says that there is none on its image. Throws FileError,
// and DataError that names the file and the place.
BoxLabels read_box_labels(const std::filesystem::path& file);

}  // namespace goldilocks::data
