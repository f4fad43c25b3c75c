#include "core/pipeline/results/selection_message.hpp"

namespace goldilocks::pipeline {

void add_constraints(const evaluation::SelectionRule& rule,
                     google::protobuf::RepeatedPtrField<goldilocks::Constraint>& constraints) {
  for (const evaluation::Limit& limit : rule.limits) {
    goldilocks::Constraint& constraint = *constraints.Add();
    constraint.set_metric(limit.metric);
    if (limit.at_most) constraint.set_at_most(*limit.at_most);
    if (limit.at_least) constraint.set_at_least(*limit.at_least);
  }
}

void add_outcomes(const std::vector<evaluation::LimitOutcome>& outcomes,
                  google::protobuf::RepeatedPtrField<goldilocks::Outcome>& entries) {
  for (const evaluation::LimitOutcome& outcome : outcomes) {
    goldilocks::Outcome& entry = *entries.Add();
    entry.set_passed(outcome.passed);
    entry.set_value(outcome.value);
    entry.set_bound(outcome.bound);
  }
}

}  // namespace goldilocks::pipeline
