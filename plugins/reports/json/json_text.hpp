#pragma once

#include <string>

#include <goldilocks/node.hpp>

namespace json {

// The node as JSON text in UTF-8 (RFC 8259). `indent` spaces per level and a line per entry, or all on one line for 0;
// ends with a line break either way. A number that JSON can't hold (nan, infinities) is null; one that is no integer in
// the document has a fraction or an exponent here too, so that a reader sees the same type. Doubles are the shortest
// that read back the same.
std::string to_json(const goldilocks::Node& node, int indent);

}  // namespace json
