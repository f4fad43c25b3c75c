#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::evaluation {

// The classes of a dataset as they are matched with a model's labels.
struct ClassNames {
  std::span<const std::string> names;
  // Of classes that are folders: the folders' own names, whose "_" may stand for a space; "" for any other class. Empty
  // where no class is a folder.
  std::span<const std::string> folders{};
};

// For each class of a dataset, the index of the model's label of that name (the first, should the model have it twice).
// Names are equal to the letter, or else in Unicode's normal form. A folder's name is first taken as it is, then with a
// space for every "_", then with spaces for some, if that is one label. Throws DataError that begins with `place` (the
// dataset's path): for classes that the model doesn't know, each with the label that was most likely meant, and for two
// that are one label.
std::vector<std::uint32_t> map_classes(const ClassNames& classes, std::span<const std::string> model_labels,
                                       std::string_view place);

// For each label the index of the first that equals it. Empty where all differ.
std::vector<std::uint32_t> first_of_equals(std::span<const std::string> labels);

// For each label the index of the same one among `others`, the k-th of equal ones for the k-th. Nothing unless both are
// the same labels, each as often.
std::optional<std::vector<std::uint32_t>> match_labels(std::span<const std::string> labels,
                                                       std::span<const std::string> others);

}  // namespace goldilocks::evaluation
