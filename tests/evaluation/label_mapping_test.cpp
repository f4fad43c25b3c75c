#include "core/evaluation/label_mapping.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace goldilocks::evaluation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Names = std::vector<std::string>;

std::string error_of(const Names& classes, const Names& labels, const Names& folders = {}) {
  try {
    map_classes({classes, folders}, labels, "images");
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

TEST(MapClasses, FindsEachClassAmongTheModelsLabels) {
  EXPECT_THAT(map_classes({Names{"ramen", "sushi"}}, Names{"sushi", "pizza", "ramen"}, "images"), ElementsAre(2U, 0U));
  EXPECT_TRUE(map_classes(ClassNames{}, Names{"sushi"}, "images").empty());
}

TEST(MapClasses, TakesTheFirstOfEqualLabels) {
  EXPECT_THAT(map_classes({Names{"crane"}}, Names{"dog", "crane", "crane"}, "images"), ElementsAre(1U));
}

TEST(MapClasses, AnUnknownLabelIsNamedWithTheOneThatWasMeant) {
  EXPECT_EQ(error_of({"hot dogs", "sushi"}, {"hot dog", "sushi"}),
            "images: the model doesn't know the label 'hot dogs' (did you mean 'hot dog'?)");
}

TEST(MapClasses, AllUnknownLabelsAreNamedAtOnce) {
  EXPECT_EQ(error_of({"Hot Dog", "sushi", "unlike anything"}, {"hot dog", "sushi"}),
            "images: the model doesn't know 2 labels: 'Hot Dog' (did you mean 'hot dog'?), 'unlike anything'");
}

// What each folder is among the labels; its class reads as its name with spaces.
std::vector<std::uint32_t> of_folders(const Names& folders, const Names& labels) {
  Names names = folders;
  for (std::string& name : names) std::ranges::replace(name, '_', ' ');
  return map_classes({names, folders}, labels, "images");
}

TEST(MapClasses, AFoldersNameCountsAsItIsFirst) {
  EXPECT_THAT(of_folders({"deep_red"}, {"deep red", "deep_red"}), ElementsAre(1U));
  EXPECT_THAT(of_folders({"deep_red", "hot_dog"}, {"hot dog", "deep_red"}), ElementsAre(1U, 0U));
  EXPECT_THAT(of_folders({"deep red", "deep_red"}, {"deep_red", "deep red"}), ElementsAre(1U, 0U));
}

TEST(MapClasses, SomeOfAFoldersUnderscoresMayBeSpaces) {
  EXPECT_THAT(of_folders({"dark_t_shirt"}, {"dark t_shirt", "shirt"}), ElementsAre(0U));
  // Which of the two it is can't be said.
  EXPECT_EQ(error_of({"a b c"}, {"a_b c", "a b_c"}, {"a_b_c"}),
            "images: the model doesn't know the label 'a b c' (did you mean 'a_b c'?)");
}

TEST(MapClasses, ASpaceOfAFoldersNameIsNoUnderscore) {
  EXPECT_EQ(error_of({"deep red"}, {"deep_red"}, {"deep red"}),
            "images: the model doesn't know the label 'deep red' (did you mean 'deep_red'?)");
  EXPECT_EQ(error_of({"deep_red"}, {"deep red"}),  // no folder, but what a list says
            "images: the model doesn't know the label 'deep_red' (did you mean 'deep red'?)");
}

TEST(MapClasses, TwoClassesOfOneLabelAreAnError) {
  EXPECT_EQ(error_of({"hot dog", "hot dog"}, {"hot dog", "sushi"}, {"hot dog", "hot_dog"}),
            "images: 'hot_dog' reads as the label 'hot dog', and so does 'hot dog'");
}

TEST(MapClasses, NamesCompareInOneNormalForm) {
  const std::string composed = "cr\u00e8me br\u00fbl\u00e9e";
  const std::string decomposed = "cre\u0300me bru\u0302le\u0301e";
  EXPECT_THAT(map_classes({Names{decomposed}}, Names{"sushi", composed}, "images"), ElementsAre(1U));
  EXPECT_THAT(map_classes({Names{composed}}, Names{"sushi", decomposed}, "images"), ElementsAre(1U));
  EXPECT_THAT(of_folders({"cre\u0300me_bru\u0302le\u0301e"}, {"sushi", composed}), ElementsAre(1U));
  // To the letter first.
  EXPECT_THAT(map_classes({Names{decomposed}}, Names{composed, decomposed}, "images"), ElementsAre(1U));
}

TEST(MapClasses, OfManyUnknownClassesTheFirstAreNamed) {
  Names classes;
  for (int i = 100; i < 200; ++i) classes.push_back("class " + std::to_string(i));
  const std::string error = error_of(classes, {"x"});
  EXPECT_THAT(error, HasSubstr("doesn't know 100 labels: 'class 100', "));
  EXPECT_THAT(error, HasSubstr("'class 119' and 80 more"));
}

TEST(FirstOfEquals, IsEmptyWhereAllDiffer) {
  EXPECT_THAT(first_of_equals(Names{"red", "blue"}), ElementsAre());
  EXPECT_THAT(first_of_equals(Names{"red", "red", "blue", "red"}), ElementsAre(0U, 0U, 2U, 0U));
}

TEST(MatchLabels, PutsTheSameLabelsInOneOrder) {
  EXPECT_THAT(match_labels(Names{"a", "b", "c"}, Names{"c", "a", "b"}).value(), ElementsAre(1U, 2U, 0U));
  EXPECT_THAT(match_labels(Names{"a", "b", "a"}, Names{"a", "a", "b"}).value(), ElementsAre(0U, 2U, 1U));
  EXPECT_FALSE(match_labels(Names{"a", "b"}, Names{"a", "c"}));
  EXPECT_FALSE(match_labels(Names{"a", "b"}, Names{"a"}));
  EXPECT_FALSE(match_labels(Names{"a", "a", "b"}, Names{"a", "b", "b"}));
  EXPECT_THAT(match_labels({}, {}).value(), ElementsAre());
}

}  // namespace
}  // namespace goldilocks::evaluation
