// Rules of inputs, outputs and states by themselves.
#include <functional>

#include <gtest/gtest.h>

#include "tests/formats/coreml/broken_rules.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::model {
namespace {

using Array = spec::ArrayFeatureType;
using Image = spec::ImageFeatureType;

// A network with an array and an image as inputs, at a version that has all features but int8.
spec::Model changed(const std::function<void(spec::ModelDescription&)>& change) {
  spec::Model model = testing::ModelBuilder()
                          .exact_shapes()
                          .image_input("image", 8, 6)
                          .array_input("array", {2, 3})
                          .layer("f", [](spec::NeuralNetworkLayer& layer) { layer.mutable_floor(); })
                          .build();
  model.set_specificationversion(10);
  change(*model.mutable_description());
  return model;
}

spec::Model with_array(const std::function<void(Array&)>& change) {
  return changed([&](auto& d) { change(*d.mutable_input(1)->mutable_type()->mutable_multiarraytype()); });
}

spec::Model with_image(const std::function<void(Image&)>& change) {
  return changed([&](auto& d) { change(*d.mutable_input(0)->mutable_type()->mutable_imagetype()); });
}

spec::Model with_output(const std::function<void(spec::FeatureDescription&)>& change) {
  return changed([&](auto& d) { change(*d.mutable_output(0)); });
}

void add_range(Array& array, std::uint64_t lower, std::int64_t upper) {
  spec::SizeRange& range = *array.mutable_shaperange()->add_sizeranges();
  range.set_lowerbound(lower);
  range.set_upperbound(upper);
}

TEST(FeatureRules, TheFixtureBreaksNone) {
  expect_valid(changed([](auto&) {}));
}

TEST(FeatureRules, FeaturesHaveNamesAndTypes) {
  EXPECT_TRUE(broken_rules(with_output([](auto& o) { o.clear_name(); })).contains("feature.name"));
  expect_only(with_output([](auto& o) { o.mutable_type()->Clear(); }), "feature.type");
}

TEST(FeatureRules, ArraysHaveAKnownTypeAndAShape) {
  expect_only(with_array([](Array& a) { a.clear_datatype(); }), "feature.data-type");
  expect_only(with_array([](Array& a) { a.set_shape(0, -1); }), "feature.shape");
  for (const auto type : {Array::FLOAT16, Array::FLOAT32, Array::DOUBLE, Array::INT32, Array::INT8}) {
    expect_valid(with_array([&](Array& a) { a.set_datatype(type); }));
  }
  EXPECT_TRUE(broken_rules(with_array([](Array& a) { a.clear_shape(); })).contains("feature.shape"));
}

TEST(FeatureRules, ListedShapesIncludeTheGivenOne) {
  const auto list = [](Array& a, std::initializer_list<std::int64_t> dims) {
    auto& shape = *a.mutable_enumeratedshapes()->add_shapes();
    for (const std::int64_t dim : dims) shape.add_shape(dim);
  };
  expect_valid(with_array([&](Array& a) {
    list(a, {4, 4});
    list(a, {2, 3});
  }));
  expect_only(with_array([&](Array& a) { list(a, {4, 4}); }), "feature.enumeration");
  expect_only(with_array([&](Array& a) { a.mutable_enumeratedshapes(); }), "feature.enumeration");
  expect_only(with_array([&](Array& a) {
                list(a, {2, 3});
                list(a, {});
              }),
              "feature.enumeration");
}

TEST(FeatureRules, RangesHoldTheGivenShape) {
  expect_valid(with_array([](Array& a) {
                 add_range(a, 1, -1);
                 add_range(a, 3, 3);
               }),
               "-1 is no bound");
  expect_only(with_array([](Array& a) {
                add_range(a, 1, 0);
                add_range(a, 3, 3);
              }),
              "feature.range", "0 is a bound of 0");
  expect_only(with_array([](Array& a) {
                add_range(a, 1, -1);
                add_range(a, 4, 9);
              }),
              "feature.range");
  EXPECT_TRUE(broken_rules(with_array([](Array& a) { add_range(a, 1, -1); })).contains("feature.range"))
      << "another rank";
  expect_only(with_array([](Array& a) {
                add_range(a, 5, 2);
                add_range(a, 1, -1);
              }),
              "feature.range", "an empty range");
}

TEST(FeatureRules, DefaultsFitTheDataType) {
  expect_valid(with_array([](Array& a) { a.set_floatdefaultvalue(1); }));
  expect_only(with_array([](Array& a) { a.set_intdefaultvalue(1); }), "feature.default");
  expect_only(with_array([](Array& a) { a.set_doubledefaultvalue(1); }), "feature.default");
  expect_valid(with_array([](Array& a) {
    a.set_datatype(Array::INT8);
    a.set_intdefaultvalue(-128);
  }));
  expect_only(with_array([](Array& a) {
                a.set_datatype(Array::INT8);
                a.set_intdefaultvalue(128);
              }),
              "feature.default");
}

TEST(FeatureRules, ImagesHaveASizeAndAColorSpace) {
  expect_only(with_image([](Image& i) { i.set_width(0); }), "feature.size");
  expect_only(with_image([](Image& i) { i.set_height(-6); }), "feature.size");
  expect_only(with_image([](Image& i) { i.clear_colorspace(); }), "feature.color-space");
  expect_only(with_image([](Image& i) { i.mutable_enumeratedsizes(); }), "feature.enumeration");
  expect_only(with_image([](Image& i) { i.mutable_enumeratedsizes()->add_sizes()->set_width(8); }),
              "feature.enumeration");
  expect_only(with_image([](Image& i) { i.mutable_imagesizerange(); }), "feature.range");
  expect_valid(with_image([](Image& i) {
    i.mutable_imagesizerange()->mutable_widthrange()->set_upperbound(-1);
    i.mutable_imagesizerange()->mutable_heightrange()->set_upperbound(6);
  }));
  expect_valid(with_image([](Image& i) {
                 i.clear_width();
                 i.clear_height();
                 i.mutable_imagesizerange();
               }),
               "the size comes from the range");
}

TEST(FeatureRules, OnlyInputsOfSomeModelsAreOptional) {
  expect_valid(changed([](auto& d) { d.mutable_input(1)->mutable_type()->set_isoptional(true); }));
  expect_only(with_output([](auto& o) { o.mutable_type()->set_isoptional(true); }), "feature.optional");
  spec::Model scaler = testing::pipeline_of_models({changed([](auto&) {})});
  scaler.mutable_scaler();
  scaler.mutable_description()->mutable_input()->DeleteSubrange(0, 1);
  scaler.mutable_description()->mutable_output(0)->mutable_type()->CopyFrom(scaler.description().input(0).type());
  scaler.mutable_description()->mutable_input(0)->mutable_type()->set_isoptional(true);
  EXPECT_TRUE(broken_rules(scaler).contains("feature.optional"));
}

TEST(FeatureRules, DictionariesAndSequencesSayOfWhat) {
  const auto with_type = [](const std::function<void(spec::FeatureType&)>& change) {
    return broken_rules(with_output([&](auto& o) { change(*o.mutable_type()); }));
  };
  EXPECT_TRUE(with_type([](auto& t) { t.mutable_dictionarytype(); }).contains("feature.dictionary"));
  EXPECT_TRUE(with_type([](auto& t) { t.mutable_sequencetype(); }).contains("feature.sequence"));
}

TEST(FeatureRules, StatesHaveAFixedShapeOfHalves) {
  const auto with_state = [](const std::function<void(spec::FeatureType&)>& change) {
    return changed([&](auto& d) {
      spec::FeatureDescription& state = *d.add_state();
      state.set_name("state");
      Array& array = *state.mutable_type()->mutable_statetype()->mutable_arraytype();
      array.set_datatype(Array::FLOAT16);
      array.add_shape(4);
      change(*state.mutable_type());
    });
  };
  expect_valid(with_state([](auto&) {}));
  expect_only(with_state([](auto& t) { t.mutable_statetype()->mutable_arraytype()->set_datatype(Array::FLOAT32); }),
              "feature.state");
  expect_only(with_state([](auto& t) { t.mutable_statetype()->mutable_arraytype()->clear_shape(); }), "feature.state");
  expect_only(with_state([](auto& t) { t.set_isoptional(true); }), "feature.state");
  expect_only(with_state([](auto& t) { t.mutable_doubletype(); }), "feature.state", "no state at all");
}

}  // namespace
}  // namespace goldilocks::model
