#pragma once

#include <string>

#include <goldilocks/node.hpp>

namespace markdown {

// Parts of the page, each made from the results document (docs/results.md) and empty where the document has nothing to
// say about it. Each ends with a line break.

// Which variant was chosen, and why; or that none was.
std::string answer(const goldilocks::Node& results);

// What the samples can tell and what they can't, in the document's words.
std::string findings(const goldilocks::Node& results);

// One row per variant in the order of the document, with columns for what the document has: sizes, figures with their
// intervals, and how it fared in the selection; below it, those that could not be made or evaluated, each with its
// error.
std::string variants(const goldilocks::Node& results);

// A table for each dataset: variants down, classes across. A dataset of more than `limit` classes gets a sentence.
std::string class_accuracy(const goldilocks::Node& results, std::int64_t limit);

// Program, datasets, input files with their hashes, plugins.
std::string what_was_run(const goldilocks::Node& results);

std::string notices(const goldilocks::Node& results);

}  // namespace markdown
