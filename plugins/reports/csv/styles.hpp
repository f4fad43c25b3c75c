#pragma once

#include <string>

#include <goldilocks/node.hpp>

namespace csv {

// Both take the results document (docs/results.md) and return the whole file.

// One row per model file, sorted by its name: file name, size in bytes, the accuracy of each class in the order of the
// classes' names. As the article's playground writes it: a space before "size" and a comma at each row's end.
std::string article_style(const goldilocks::Node& results);

// RFC 4180, lines ending in CR LF: one row per variant in the order of the document, a column for every figure (named
// as in the document), then three per metric (its value and the ends of its interval), then one per class. A field is
// empty where the document has no such figure.
std::string plain_style(const goldilocks::Node& results);

}  // namespace csv
