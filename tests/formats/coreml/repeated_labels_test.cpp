#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/neural_network/warnings.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::model {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

spec::Model classifier_of(const std::vector<std::string>& labels) {
  return testing::ModelBuilder(1).array_input("x", {4}).inner_product("a", 4, 4).classifier(labels).build();
}

TEST(Warnings, NameLabelsThatStandSeveralTimes) {
  EXPECT_THAT(warnings(classifier_of({"a", "b", "c", "d"})), IsEmpty());
  const auto found = warnings(classifier_of({"a", "b", "a", "a"}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].text(), HasSubstr("the class label 'a' stands for several scores"));
  const auto inside = warnings(testing::pipeline_of_models({classifier_of({"a", "b", "a", "b"})}));
  ASSERT_EQ(inside.size(), 1U);
  EXPECT_THAT(inside[0].text(), HasSubstr("models[0]"));
  EXPECT_THAT(inside[0].text(), HasSubstr("the class labels 'a', 'b' stand for several scores"));
}

}  // namespace
}  // namespace goldilocks::model
