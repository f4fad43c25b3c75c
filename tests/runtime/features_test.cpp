// What an input takes, and what it says of what it doesn't take.
#include "core/runtime/features.hpp"

#include "core/formats/coreml/describe.hpp"
#include "tests/runtime/model_runner.hpp"

namespace goldilocks::runtime {
namespace {

using testing::doubles;
using ::testing::ElementsAre;
using testing::error_of;
using testing::floats;
using testing::integers;

class Input : public ::testing::Test {
 protected:
  spec::ArrayFeatureType& array(const std::vector<std::int64_t>& shape) {
    spec::ArrayFeatureType& type = *description_.mutable_type()->mutable_multiarraytype();
    type.set_datatype(spec::ArrayFeatureType::FLOAT32);
    type.mutable_shape()->Assign(shape.begin(), shape.end());
    return type;
  }
  spec::FeatureType& type() { return *description_.mutable_type(); }
  Feature feature() {
    description_.set_name("x");
    spec::Model model;
    *model.mutable_description()->add_input() = description_;
    return formats::describe(model).inputs.at(0);
  }
  std::vector<std::int64_t> shape_of(const Value& value, bool rank5 = false) {
    return std::get<Array>(as_input(feature(), value, rank5)).shape;
  }
  std::string error(const Value& value, bool rank5 = false) {
    return error_of([&] { as_input(feature(), value, rank5); });
  }

 private:
  spec::FeatureDescription description_;
};

Array of_shape(std::vector<std::int64_t> shape) {
  std::size_t count = 1;
  for (const std::int64_t dim : shape) count *= static_cast<std::size_t>(dim);
  return floats(std::move(shape), std::vector<float>(count));
}

TEST_F(Input, TakesItsShapeWithOrWithoutLeadingOnes) {
  array({2, 3});
  EXPECT_THAT(shape_of(of_shape({2, 3})), ElementsAre(2, 3));
  EXPECT_THAT(shape_of(of_shape({1, 1, 2, 3})), ElementsAre(2, 3));
  EXPECT_EQ(error(of_shape({3, 2})), "input 'x': the shape [3, 2] is not allowed; allowed: [2, 3]");
  array({1, 3});
  EXPECT_THAT(shape_of(of_shape({3})), ElementsAre(1, 3));
}

TEST_F(Input, AnImagesSizeIsOneThatCanBeUsed) {
  spec::ImageFeatureType& image = *type().mutable_imagetype();
  image.set_colorspace(spec::ImageFeatureType::RGB);
  image.set_width(640);
  image.set_height(480);
  EXPECT_EQ(image_size(feature()).width, 640);
  EXPECT_EQ(image_size(feature()).height, 480);
  image.set_width((std::int64_t{1} << 32U) + 8);  // 8, cut to 32 bits
  EXPECT_EQ(error_of([&] { image_size(feature()); }), "input 'x': an image of the size 4294967304 x 480 can't be used");
  image.set_width(0);
  EXPECT_EQ(error_of([&] { image_size(feature()); }), "input 'x': an image of the size ? can't be used");
}

TEST_F(Input, TakesEachOfSeveralShapes) {
  auto& shapes = *array({2}).mutable_enumeratedshapes();
  shapes.add_shapes()->add_shape(2);
  shapes.add_shapes()->add_shape(5);
  EXPECT_THAT(shape_of(of_shape({5})), ElementsAre(5));
  EXPECT_EQ(error(of_shape({3})), "input 'x': the shape [3] is not allowed; allowed: [2] or [5]");
}

TEST_F(Input, TakesShapesInARange) {
  auto& ranges = *array({}).mutable_shaperange();
  auto add = [&](std::uint64_t least, std::int64_t most) {
    auto& range = *ranges.add_sizeranges();
    range.set_lowerbound(least);
    range.set_upperbound(most);
  };
  add(1, 4);
  add(3, 3);
  add(2, -1);
  EXPECT_THAT(feature().shape, ElementsAre(1, 3, 2));
  EXPECT_THAT(shape_of(of_shape({4, 3, 90})), ElementsAre(4, 3, 90));
  EXPECT_EQ(error(of_shape({5, 3, 2})),
            "input 'x': the shape [5, 3, 2] is not allowed; allowed: [1 to 4, 3, 2 or more]");
  EXPECT_NE(error(of_shape({4, 3, 1})), "");
}

TEST_F(Input, TakesASequenceAndABatchInFiveDimensions) {
  array({4});
  EXPECT_THAT(shape_of(of_shape({7, 2, 4, 1, 1}), true), ElementsAre(7, 2, 4, 1, 1));
  EXPECT_NE(error(of_shape({7, 2, 4, 1, 1})), "") << "not in the exact mapping";
  EXPECT_NE(error(of_shape({7, 2, 5, 1, 1}), true), "");
  array({4, 2, 3});
  EXPECT_THAT(shape_of(of_shape({7, 2, 4, 2, 3}), true), ElementsAre(7, 2, 4, 2, 3));
}

TEST_F(Input, BringsArraysIntoTheDeclaredType) {
  array({2}).set_datatype(spec::ArrayFeatureType::INT32);
  EXPECT_EQ(as_input(feature(), doubles({2}, {1.6, -7}), false), Value(integers({2}, {2, -7})));
}

TEST_F(Input, TakesOneNumberForAnArrayOfOne) {
  array({1});
  EXPECT_EQ(as_input(feature(), 2.5, false), Value(floats({1}, {2.5F})));
  EXPECT_EQ(as_input(feature(), std::int64_t{2}, false), Value(floats({1}, {2})));
}

TEST_F(Input, SaysWhatItTakes) {
  array({2});
  EXPECT_EQ(error(std::string("a")), "input 'x': takes array float32 [2], and was given text");
  type().mutable_doubletype();
  EXPECT_EQ(error(floats({2}, {1, 2})), "input 'x': takes float64, and was given array float32 [2]");
  type().mutable_int64type();
  EXPECT_EQ(error(2.5), "input 'x': 2.5 is no whole number");
  type().mutable_dictionarytype()->mutable_stringkeytype();
  EXPECT_EQ(error(IntegerDictionary{{1, 2}}),
            "input 'x': takes dictionary of string, and was given dictionary of whole numbers");
}

TEST_F(Input, TakesNumbersOfEitherKind) {
  type().mutable_doubletype();
  EXPECT_EQ(as_input(feature(), std::int64_t{3}, false), Value(3.0));
  type().mutable_int64type();
  EXPECT_EQ(as_input(feature(), 3.0, false), Value(std::int64_t{3}));
  type().mutable_sequencetype()->mutable_int64type();
  EXPECT_EQ(as_input(feature(), doubles({2}, {3, 4}), false), Value(IntegerSequence{3, 4}));
}

TEST_F(Input, IsFilledWithItsDefaultWhereItIsOptional) {
  array({2});
  EXPECT_EQ(error_of([&] { missing_input(feature()); }), "input 'x' is missing (array float32 [2])");
  type().set_isoptional(true);
  EXPECT_EQ(missing_input(feature()), Value(floats({2}, {0, 0})));
  array({2}).set_floatdefaultvalue(1.5F);
  EXPECT_EQ(missing_input(feature()), Value(floats({2}, {1.5F, 1.5F})));
}

class ImageInput : public Input {
 protected:
  void image(spec::ImageFeatureType::ColorSpace color) {
    spec::ImageFeatureType& image = *type().mutable_imagetype();
    image.set_width(2);
    image.set_height(1);
    image.set_colorspace(color);
  }
};

std::vector<std::byte> bytes(const std::vector<int>& values) {
  std::vector<std::byte> result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

TEST_F(ImageInput, IsBroughtIntoTheDeclaredFormat) {
  const Image gray{2, 1, PixelFormat::gray, bytes({0, 255})};
  image(spec::ImageFeatureType::RGB);
  EXPECT_EQ(as_input(feature(), gray, false), Value(Image{2, 1, PixelFormat::rgb, bytes({0, 0, 0, 255, 255, 255})}));
  image(spec::ImageFeatureType::GRAYSCALE_FLOAT16);
  EXPECT_EQ(as_input(feature(), gray, false), Value(Image{2, 1, PixelFormat::gray_float16, bytes({0, 0, 0, 0x3C})}));
  image(spec::ImageFeatureType::GRAYSCALE);
  EXPECT_EQ(as_input(feature(), gray, false), Value(gray));
}

TEST_F(ImageInput, SaysWhichSizesItAllows) {
  image(spec::ImageFeatureType::RGB);
  const Image tall{1, 2, PixelFormat::gray, bytes({0, 255})};
  EXPECT_EQ(error(tall), "input 'x': the size 1 x 2 is not allowed; allowed: 2 x 1");
  auto& range = *type().mutable_imagetype()->mutable_imagesizerange();
  range.mutable_widthrange()->set_lowerbound(2);
  range.mutable_widthrange()->set_upperbound(8);
  range.mutable_heightrange()->set_lowerbound(1);
  range.mutable_heightrange()->set_upperbound(-1);
  EXPECT_EQ(error(tall), "input 'x': the size 1 x 2 is not allowed; allowed: width 2 to 8, height 1 or more");
}

TEST_F(ImageInput, NeedsAsManyBytesAsPixels) {
  image(spec::ImageFeatureType::RGB);
  EXPECT_EQ(error(Image{2, 1, PixelFormat::rgb, bytes({1})}), "input 'x': an image of 2 x 1 pixels with 1 bytes");
}

}  // namespace
}  // namespace goldilocks::runtime
