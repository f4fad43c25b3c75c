// What is to be said of a model is said by every command that uses it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "core/data/image.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

using ::testing::HasSubstr;
using testing::ModelBuilder;
using testing::ProgramResult;
using testing::TemporaryFolder;

// A classifier whose deconvolution has a dilation.
std::string dilated_model() {
  ModelBuilder model(5);
  model.image_input("image", 4, 4)
      .convolution("up", 3, 1, {.kernel = 2, .same_padding = false, .dilation = 2, .deconvolution = true})
      .flatten("flat")
      .inner_product("scores", 36, 2)
      .softmax("p")
      .classifier({"cat", "dog"});
  return model::serialize_model(model.build());
}

TEST(ModelWarnings, AreSaidByEveryCommandThatUsesTheModel) {
  const TemporaryFolder folder;
  const std::string model = (folder / "model.mlmodel").string();
  const std::string images = (folder / "images").string();
  write_file_atomically(model, dilated_model());
  for (const char* name : {"images/cat/a.png", "images/dog/b.png"}) {
    write_file_atomically(folder / name,
                          data::encode_png({4, 4, 3, std::vector<std::uint8_t>(48, name[7] == 'c' ? 10 : 200)}));
  }
  const std::vector<std::vector<std::string>> commands = {
      {"predict", model, "--input", images + "/cat/a.png"},
      {"evaluate", model, "--dataset", images},
      {"compare", model, model, "--dataset", images},
      {"quantize", model, "--function", "linear", "--bits", "8", "-o", (folder / "small.mlmodel").string()},
      {"validate", model}};
  for (const std::vector<std::string>& command : commands) {
    const ProgramResult result = goldilocks::testing::goldilocks(folder / "store", command);
    ASSERT_EQ(result.exit_code, 0) << command.front() << result.errors;
    for (const std::string& part : {std::string("warning: "), model + ": ", std::string("layer 'up': its dilation")}) {
      EXPECT_THAT(result.output + result.errors, HasSubstr(part)) << command.front();
    }
  }
  const ProgramResult json =
      goldilocks::testing::goldilocks(folder / "store", {"predict", model, "--input", images + "/cat/a.png", "--json"});
  EXPECT_THAT(json.output, ::testing::StartsWith("{")) << "warnings stay out of documents";
}

}  // namespace
}  // namespace goldilocks
