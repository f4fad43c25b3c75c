#include "core/cli/dataset_options.hpp"

#include "core/cli/number_options.hpp"

namespace goldilocks::cli {

void add_dataset_options(CLI::App& command, pipeline::DatasetArguments& dataset) {
  command
      .add_option("--inputs", dataset.inputs,
                  "Arrays, beside images or in their place: a .npy or .npz file, or a folder with one file for each "
                  "sample; NAME= says for which input; may be repeated")
      ->type_name("[NAME=]PATH")
      ->expected(1)
      ->take_all();
  command.add_option("--targets", dataset.targets, "What an output should be, in the same forms")
      ->type_name("[NAME=]PATH")
      ->expected(1)
      ->take_all();
  command
      .add_option(
          "--next-token", dataset.next_token,
          "The input of token sequences: the scores at each position are held against the token at the next one")
      ->type_name("INPUT");
  command.add_flag(
      "--sequences", dataset.sequences,
      "Each sample is a sequence: the first dimension of its arrays are steps, which share the model's states");
  command
      .add_option("--labels", dataset.labels,
                  "A .npy file of labels, or a .npz file with such an array, for images or arrays in one file")
      ->type_name("FILE");
  command.add_option("--max-unusable", dataset.max_unusable, "How many images may be unreadable")
      ->transform(whole_number(0, most_items))
      ->type_name("COUNT");
}

}  // namespace goldilocks::cli
