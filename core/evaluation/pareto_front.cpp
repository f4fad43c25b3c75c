// By the first axis from the best on, a candidate is on the front if it is better by the second than all before it, or
// equal in both to the last one that was.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/evaluation/selection.hpp"
#include "core/evaluation/selection_words.hpp"

namespace goldilocks::evaluation {
namespace {

struct Point {
  double x = 0;
  double y = 0;  // both so that less is better
  std::string_view name;
};

double cost(const SelectionCandidate& candidate, const Axis& axis) {
  const double value = rounded(candidate.figure(axis.metric));
  return axis.larger_is_better ? -value : value;
}

}  // namespace

std::vector<std::string> pareto_front(const std::vector<SelectionCandidate>& candidates,
                                      const std::pair<Axis, Axis>& axes) {
  std::vector<Point> points;
  for (const SelectionCandidate& candidate : candidates) {
    const Point point{cost(candidate, axes.first), cost(candidate, axes.second), candidate.name};
    if (!std::isnan(point.x) && !std::isnan(point.y)) points.push_back(point);
  }
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return std::tie(a.x, a.y, a.name) < std::tie(b.x, b.y, b.name); });
  std::vector<std::string> front;
  const Point* last = nullptr;
  for (const Point& point : points) {
    if (last != nullptr && point.y >= last->y && (point.x != last->x || point.y != last->y)) continue;
    front.emplace_back(point.name);
    last = &point;
  }
  return front;
}

}  // namespace goldilocks::evaluation
