// Let the cut positions of the two partitions be a(0)..a(f) and b(0)..b(m), from 0 to the number of points. For
// d = clusters - f there is an i with
//
//   a(i - d) <= b(i)  and  b(i + 1) <= a(i - d + 1)
//
// as a(0) <= b(d), but b(clusters) < a(f). So one cluster of `many` lies within one of `few`. The two paths can change
// places there: the first i cuts of `many`, a cluster from b(i) to a(i - d + 1), and the rest of `few` make `clusters`
// clusters; what is left over makes f + m - clusters. By the quadrangle inequality both together cost no more than the
// two did before. As neither can be better than optimal for the penalty, both are optimal.

#include <algorithm>

#include "optimal_partition.hpp"

namespace goldilocks::kmeans {

Partition exchange(const Partition& few, const Partition& many, std::size_t clusters) {
  const auto cut = [](const Partition& ends, std::size_t index) { return index == 0 ? 0U : ends[index - 1]; };
  const std::size_t shift = clusters - few.size();
  std::size_t i = shift;
  while (cut(many, i + 1) > cut(few, i + 1 - shift)) ++i;
  Partition mixed(many.begin(), many.begin() + static_cast<std::ptrdiff_t>(i));
  mixed.insert(mixed.end(), few.begin() + static_cast<std::ptrdiff_t>(i - shift), few.end());
  return mixed;
}

}  // namespace goldilocks::kmeans
