#include "core/cli/image_options.hpp"

#include <map>
#include <string>

namespace goldilocks::cli {
namespace {

const std::map<std::string, data::Fit> fits = {
    {"center", data::Fit::center_crop}, {"fit", data::Fit::scale_fit}, {"fill", data::Fit::scale_fill}};
const std::map<std::string, data::Filter> filters = {{"nearest", data::Filter::nearest},
                                                     {"bilinear", data::Filter::bilinear},
                                                     {"area", data::Filter::area},
                                                     {"bicubic", data::Filter::bicubic},
                                                     {"lanczos", data::Filter::lanczos}};

}  // namespace

void add_image_options(CLI::App& command, data::Preparation& preparation) {
  command.add_option("--crop", preparation.fit, "How images are fitted: center, fit or fill")
      ->transform(CLI::CheckedTransformer(fits).description(""))
      ->type_name("HOW");
  command
      .add_option("--filter", preparation.filter, "How images are scaled: nearest, bilinear, area, bicubic or lanczos")
      ->transform(CLI::CheckedTransformer(filters).description(""))
      ->type_name("HOW");
}

}  // namespace goldilocks::cli
