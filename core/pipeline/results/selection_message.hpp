#pragma once

#include <vector>

#include "core/evaluation/selection.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// The limits of a rule, and how a candidate kept them, as the results document has them.
void add_constraints(const evaluation::SelectionRule& rule,
                     google::protobuf::RepeatedPtrField<goldilocks::Constraint>& constraints);
void add_outcomes(const std::vector<evaluation::LimitOutcome>& outcomes,
                  google::protobuf::RepeatedPtrField<goldilocks::Outcome>& entries);

}  // namespace goldilocks::pipeline
