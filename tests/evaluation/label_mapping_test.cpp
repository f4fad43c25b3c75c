#include "core/evaluation/label_mapping.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace goldilocks::evaluation {
namespace {

using ::testing::ElementsAre;
using Names = std::vector<std::string>;

std::string error_of(const Names& classes, const Names& labels) {
  try {
    map_classes(classes, labels, "images");
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

TEST(MapClasses, FindsEachClassAmongTheModelsLabels) {
  EXPECT_THAT(map_classes(Names{"ramen", "sushi"}, Names{"sushi", "pizza", "ramen"}, "images"), ElementsAre(2U, 0U));
  EXPECT_TRUE(map_classes({}, Names{"sushi"}, "images").empty());
}

TEST(MapClasses, TakesTheFirstOfEqualLabels) {
  EXPECT_THAT(map_classes(Names{"crane"}, Names{"dog", "crane", "crane"}, "images"), ElementsAre(1U));
}

TEST(MapClasses, AnUnknownLabelIsNamedWithTheOneThatWasMeant) {
  EXPECT_EQ(error_of({"hot dogs", "sushi"}, {"hot dog", "sushi"}),
            "images: the model doesn't know the label 'hot dogs' (did you mean 'hot dog'?)");
}

TEST(MapClasses, AllUnknownLabelsAreNamedAtOnce) {
  EXPECT_EQ(error_of({"Hot Dog", "sushi", "unlike anything"}, {"hot dog", "sushi"}),
            "images: the model doesn't know 2 labels: 'Hot Dog' (did you mean 'hot dog'?), 'unlike anything'");
}

}  // namespace
}  // namespace goldilocks::evaluation
