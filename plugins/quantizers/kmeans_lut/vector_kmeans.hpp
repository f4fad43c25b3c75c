#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace goldilocks::kmeans {

// k-means for vectors: centroids whose squared error
//
//   sum over all rows r of  importance(r) * min over centroids c of |r - c|^2
//
// is small. The optimum can't be found in general; this is the best of several searches, each improved until nothing
// changes, from starts that are drawn by a fixed sequence: equal input, equal output. Where there are no more distinct
// rows than centroids, it loses nothing. One thread at a time.
class VectorKmeans {
 public:
  struct Clusters {
    std::vector<float> centroids;     // row by row, in lexicographic order; fewer than k if there are fewer distinct
                                      // rows
    std::vector<std::uint8_t> codes;  // of each row: the nearest centroid, the first of several
    double squared_error = 0;
  };

  // `rows`: count * length finite values. `importance`: one for each row, or empty. `before_pass` may throw.
  VectorKmeans(std::span<const float> rows, std::size_t length, std::vector<float> importance,
               std::function<void()> before_pass = {});

  // k from 1 to 256. Centroids are rounded by `rounded` before rows are assigned to them.
  Clusters solve(std::size_t k, const std::function<float(float)>& rounded) const;

 private:
  // Rows by columns: values of one coordinate lie together.
  struct Points {
    std::size_t count = 0;
    std::vector<std::vector<float>> columns;
    std::vector<float> importance;  // empty: 1 for all
  };
  struct Assignment {
    std::vector<std::uint8_t> codes;
    std::vector<float> distances;
    double error = 0;
  };

  void assign(const Points& points, const std::vector<float>& centroids, Assignment& result) const;
  std::vector<float> means(const Points& points, const std::vector<float>& before, const Assignment& assignment) const;
  std::vector<float> drawn_start(const Points& points, std::size_t k, std::uint64_t& state) const;
  double improve(const Points& points, std::vector<float>& centroids, std::size_t most_passes) const;
  void exchange_single_rows(const Points& points, std::vector<float>& centroids) const;
  std::vector<float> distinct_rows(std::size_t most) const;

  std::size_t length_;
  std::function<void()> before_pass_;
  Points all_;
  Points sample_;  // empty where all rows are few
};

}  // namespace goldilocks::kmeans
