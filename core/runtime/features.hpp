#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <goldilocks/runtime.hpp>

namespace goldilocks::runtime {

// Whether an array's shape, or an image's [height, width], is one that the feature allows.
bool allows_shape(const Feature& feature, std::span<const std::int64_t> shape);

// Width and height of an image input by default. Throws ModelError "input 'name': ..." where the description leaves
// them out, or a side is beyond 2^16.
struct ImageSize {
  int width = 0, height = 0;
};
ImageSize image_size(const Feature& feature);

// "[3, 224, 224] or [3, 256, 256]", "[1..10, 3, 5 or more]", "227 x 227" (width first, of an image).
std::string allowed_shapes(const Feature& feature);

// "input 'name'"
std::string input_place(const Feature& feature);

// The image in another format: gray is the luma of R, G, B; 8 bits become 0 to 1 in floating point. Throws UsageError
// for floating point to 8 bits, which has no one meaning.
Image with_format(const Image& image, PixelFormat format);

// The value as this input takes it: arrays in the declared type and in a shape that is allowed (leading sizes of 1 come
// and go), numbers and sequences in the declared kind, images in the declared format. A number is an array of one
// element, and the reverse; an array of whole numbers is a sequence. In `rank5`, an array may have five dimensions,
// [sequence, batch, C, H, W], the last three of which are the declared ones. Throws UsageError.
Value as_input(const Feature& feature, const Value& value, bool rank5);

// Adds a score to a dictionary of classes. Of several scores of one label the largest stays; any number is larger than
// what is not a number.
template <class Dictionary, class Key>
void add_score(Dictionary& scores, Key&& label, double score) {
  const auto [entry, added] = scores.emplace(std::forward<Key>(label), score);
  if (!added && (score > entry->second || std::isnan(entry->second))) entry->second = score;
}

// 0, or an empty text, dictionary or sequence. Precondition: neither an array nor an image.
Value empty_value(const Feature& feature);

// What an optional input is when it is not given: its default, zeros, 0, "", no entries. Throws UsageError for an input
// that must be given.
Value missing_input(const Feature& feature);

}  // namespace goldilocks::runtime
