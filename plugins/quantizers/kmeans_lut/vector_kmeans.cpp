// Starts are drawn with a probability that grows with the squared distance to what was drawn before (k-means++), the
// best of a few draws for each centroid. Then rows and centroids are fitted to each other in turn (Lloyd), and where
// rows are few, single rows move as long as that lowers the error (Hartigan), which leaves fewer poor ends.
//
// Where there are many rows, all of that is done with some of them, and the best centroids are improved with all.

#include "vector_kmeans.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <goldilocks/vectorize.hpp>

namespace goldilocks::kmeans {
namespace {

constexpr std::size_t sample_size = 65536;
constexpr std::size_t most_rows_for_single_moves = 8192;
constexpr std::size_t rows_at_once = 32;
constexpr double work_of_searches = 1e7;  // rows * centroids * length, of one pass of all searches together
constexpr std::size_t most_searches = 40;
constexpr std::size_t least_searches = 2;
constexpr std::size_t passes_of_a_search = 60;
constexpr double least_gain = 1e-6;  // of a pass; with less, a search is over
constexpr std::size_t passes_over_all = 6;

// A fixed sequence of numbers that look random (splitmix64).
std::uint64_t next(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t number = state;
  number = (number ^ (number >> 30U)) * 0xBF58476D1CE4E5B9U;
  number = (number ^ (number >> 27U)) * 0x94D049BB133111EBU;
  return number ^ (number >> 31U);
}

double next_share(std::uint64_t& state) { return static_cast<double>(next(state) >> 11U) * 0x1p-53; }

// Lanes of `rows_at_once` rows side by side: the nearest of the centroids, the first of several.
struct RowLanes {
  std::array<float, rows_at_once> nearest;
  std::array<std::int32_t, rows_at_once> codes;
};

GOLDILOCKS_VECTORIZE void find_nearest(const float* const* columns, std::size_t length, const float* centroids,
                                       std::size_t k, RowLanes& lanes) {
  std::array<float, rows_at_once> nearest;
  std::array<std::int32_t, rows_at_once> codes;
  nearest.fill(std::numeric_limits<float>::infinity());
  codes.fill(0);
  for (std::size_t c = 0; c < k; ++c) {
    std::array<float, rows_at_once> distances;
    distances.fill(0);
    for (std::size_t j = 0; j < length; ++j) {
      const float coordinate = centroids[c * length + j];
      const float* column = columns[j];
      for (std::size_t i = 0; i < rows_at_once; ++i) {
        const float difference = column[i] - coordinate;
        distances[i] += difference * difference;
      }
    }
    const auto code = static_cast<std::int32_t>(c);
    for (std::size_t i = 0; i < rows_at_once; ++i) {
      const bool nearer = distances[i] < nearest[i];
      nearest[i] = nearer ? distances[i] : nearest[i];
      codes[i] = nearer ? code : codes[i];
    }
  }
  lanes.nearest = nearest;
  lanes.codes = codes;
}

std::size_t padded(std::size_t count) { return (count + rows_at_once - 1) / rows_at_once * rows_at_once; }

float weight_of(const std::vector<float>& importance, std::size_t row) {
  return importance.empty() ? 1.0F : importance[row];
}

}  // namespace

VectorKmeans::VectorKmeans(std::span<const float> rows, std::size_t length, std::vector<float> importance,
                           std::function<void()> before_pass)
    : length_(length), before_pass_(std::move(before_pass)) {
  all_.count = rows.size() / length;
  const bool any = std::ranges::any_of(importance, [](float weight) { return weight > 0; });
  if (any) all_.importance = std::move(importance);
  const auto take = [&](Points& points, std::size_t row, std::size_t at) {
    for (std::size_t j = 0; j < length; ++j) points.columns[j][at] = rows[row * length + j];
  };
  all_.columns.assign(length, std::vector<float>(padded(all_.count)));
  for (std::size_t i = 0; i < all_.count; ++i) take(all_, i, i);
  if (all_.count <= sample_size * 2) return;
  sample_.count = sample_size;
  sample_.columns.assign(length, std::vector<float>(sample_size));
  if (any) sample_.importance.resize(sample_size);
  std::uint64_t state = 1;
  for (std::size_t i = 0; i < sample_size; ++i) {  // one of each run of rows
    const std::size_t begin = i * all_.count / sample_size;
    const std::size_t end = (i + 1) * all_.count / sample_size;
    const std::size_t row = begin + next(state) % (end - begin);
    take(sample_, row, i);
    if (any) sample_.importance[i] = all_.importance[row];
  }
}

void VectorKmeans::assign(const Points& points, const std::vector<float>& centroids, Assignment& result) const {
  if (before_pass_) before_pass_();
  result.codes.resize(padded(points.count));
  result.distances.resize(padded(points.count));
  result.error = 0;
  std::vector<const float*> columns(length_);
  RowLanes lanes;
  for (std::size_t begin = 0; begin < points.count; begin += rows_at_once) {
    for (std::size_t j = 0; j < length_; ++j) columns[j] = points.columns[j].data() + begin;
    find_nearest(columns.data(), length_, centroids.data(), centroids.size() / length_, lanes);
    const std::size_t rows = std::min(rows_at_once, points.count - begin);
    double error = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      result.codes[begin + i] = static_cast<std::uint8_t>(lanes.codes[i]);
      result.distances[begin + i] = lanes.nearest[i];
      error += static_cast<double>(lanes.nearest[i]) * static_cast<double>(weight_of(points.importance, begin + i));
    }
    result.error += error;
  }
}

// A centroid without rows takes the row that lies farthest from its own.
std::vector<float> VectorKmeans::means(const Points& points, const std::vector<float>& before,
                                       const Assignment& assignment) const {
  const std::size_t k = before.size() / length_;
  std::vector<double> weights(k);
  std::vector<double> sums(k * length_);
  for (std::size_t i = 0; i < points.count; ++i) {
    const auto weight = static_cast<double>(weight_of(points.importance, i));
    const std::size_t code = assignment.codes[i];
    weights[code] += weight;
    for (std::size_t j = 0; j < length_; ++j) {
      sums[code * length_ + j] += weight * static_cast<double>(points.columns[j][i]);
    }
  }
  std::vector<float> centroids(before.size());
  std::vector<std::size_t> farthest;
  for (std::size_t c = 0; c < k; ++c) {
    if (weights[c] > 0) {
      for (std::size_t j = 0; j < length_; ++j) {
        centroids[c * length_ + j] = static_cast<float>(sums[c * length_ + j] / weights[c]);
      }
      continue;
    }
    if (farthest.empty()) {
      farthest.resize(points.count);
      std::iota(farthest.begin(), farthest.end(), std::size_t{0});
      const std::size_t needed = std::min(k, points.count);
      std::ranges::partial_sort(farthest, farthest.begin() + static_cast<std::ptrdiff_t>(needed),
                                [&](std::size_t a, std::size_t b) {
                                  const float left = assignment.distances[a];
                                  const float right = assignment.distances[b];
                                  return left > right || (left == right && a < b);
                                });
    }
    const std::size_t row = farthest[std::min(c, farthest.size() - 1)];
    for (std::size_t j = 0; j < length_; ++j) centroids[c * length_ + j] = points.columns[j][row];
  }
  return centroids;
}

std::vector<float> VectorKmeans::drawn_start(const Points& points, std::size_t k, std::uint64_t& state) const {
  const std::size_t trials = 2 + static_cast<std::size_t>(std::log(static_cast<double>(k)));
  std::vector<float> centroids;
  std::vector<double> distances(points.count, 1.0);
  std::vector<double> candidate(points.count);
  std::vector<double> best(points.count);
  for (std::size_t c = 0; c < k; ++c) {
    std::vector<double> sums(points.count);
    double total = 0;
    for (std::size_t i = 0; i < points.count; ++i) {
      total += distances[i] * static_cast<double>(weight_of(points.importance, i));
      sums[i] = total;
    }
    double least = std::numeric_limits<double>::infinity();
    std::size_t chosen = 0;
    for (std::size_t trial = 0; trial < (c == 0 ? 1 : trials); ++trial) {
      const auto found = std::ranges::upper_bound(sums, next_share(state) * total);
      const std::size_t row = std::min(static_cast<std::size_t>(found - sums.begin()), points.count - 1);
      double error = 0;
      for (std::size_t i = 0; i < points.count; ++i) candidate[i] = 0;
      for (std::size_t j = 0; j < length_; ++j) {
        const float coordinate = points.columns[j][row];
        for (std::size_t i = 0; i < points.count; ++i) {
          const auto difference = static_cast<double>(points.columns[j][i] - coordinate);
          candidate[i] += difference * difference;
        }
      }
      for (std::size_t i = 0; i < points.count; ++i) {
        if (c > 0) candidate[i] = std::min(candidate[i], distances[i]);
        error += candidate[i] * static_cast<double>(weight_of(points.importance, i));
      }
      if (error >= least) continue;
      least = error;
      chosen = row;
      std::swap(best, candidate);
    }
    std::swap(distances, best);
    for (std::size_t j = 0; j < length_; ++j) centroids.push_back(points.columns[j][chosen]);
  }
  return centroids;
}

double VectorKmeans::improve(const Points& points, std::vector<float>& centroids, std::size_t most_passes) const {
  Assignment assignment;
  Assignment now;
  assign(points, centroids, assignment);
  for (std::size_t pass = 0; pass < most_passes; ++pass) {
    std::vector<float> moved = means(points, centroids, assignment);
    const double before = assignment.error;
    assign(points, moved, now);
    if (now.error >= before) break;
    centroids = std::move(moved);
    std::swap(assignment, now);
    if (before - assignment.error <= before * least_gain) break;
  }
  return assignment.error;
}

void VectorKmeans::exchange_single_rows(const Points& points, std::vector<float>& centroids) const {
  Assignment assignment;
  assign(points, centroids, assignment);
  const std::size_t k = centroids.size() / length_;
  std::vector<double> means_now(centroids.begin(), centroids.end());
  std::vector<double> weights(k);
  for (std::size_t i = 0; i < points.count; ++i) {
    weights[assignment.codes[i]] += static_cast<double>(weight_of(points.importance, i));
  }
  const auto distance = [&](std::size_t row, std::size_t c) {
    double sum = 0;
    for (std::size_t j = 0; j < length_; ++j) {
      const double difference = static_cast<double>(points.columns[j][row]) - means_now[c * length_ + j];
      sum += difference * difference;
    }
    return sum;
  };
  const auto add = [&](std::size_t row, std::size_t c, double weight) {
    const double total = weights[c] + weight;
    for (std::size_t j = 0; j < length_; ++j) {
      double& mean = means_now[c * length_ + j];
      mean += (static_cast<double>(points.columns[j][row]) - mean) * weight / total;
    }
    weights[c] = total;
  };
  bool moved = true;
  for (std::size_t pass = 0; moved && pass < 30; ++pass) {
    moved = false;
    for (std::size_t i = 0; i < points.count; ++i) {
      const auto weight = static_cast<double>(weight_of(points.importance, i));
      const std::size_t own = assignment.codes[i];
      if (weight == 0 || weights[own] <= weight * (1 + 1e-9)) continue;
      const double gain = distance(i, own) * weights[own] / (weights[own] - weight);
      double least = gain * (1 - 1e-9);
      std::size_t target = own;
      for (std::size_t c = 0; c < k; ++c) {
        if (c == own) continue;
        const double cost = distance(i, c) * weights[c] / (weights[c] + weight);
        if (cost >= least) continue;
        least = cost;
        target = c;
      }
      if (target == own) continue;
      add(i, own, -weight);
      add(i, target, weight);
      assignment.codes[i] = static_cast<std::uint8_t>(target);
      moved = true;
    }
  }
  std::ranges::transform(means_now, centroids.begin(), [](double mean) { return static_cast<float>(mean); });
}

// The distinct rows in lexicographic order, or nothing if there are more than `most`.
std::vector<float> VectorKmeans::distinct_rows(std::size_t most) const {
  std::vector<std::vector<float>> found;
  std::vector<float> row(length_);
  for (std::size_t i = 0; i < all_.count; ++i) {
    for (std::size_t j = 0; j < length_; ++j) row[j] = all_.columns[j][i];
    const auto place = std::ranges::lower_bound(found, row);
    if (place != found.end() && *place == row) continue;
    if (found.size() == most) return {};
    found.insert(place, row);
  }
  std::vector<float> rows;
  for (const std::vector<float>& one : found) rows.insert(rows.end(), one.begin(), one.end());
  return rows;
}

VectorKmeans::Clusters VectorKmeans::solve(std::size_t k, const std::function<float(float)>& rounded) const {
  Clusters clusters;
  if (all_.count == 0) return clusters;
  std::vector<float> best = distinct_rows(k);
  if (best.empty()) {
    const Points& points = sample_.count > 0 ? sample_ : all_;
    const double work = static_cast<double>(points.count) * static_cast<double>(k * length_);
    const std::size_t searches =
        std::clamp(static_cast<std::size_t>(work_of_searches / work), least_searches, most_searches);
    double least = std::numeric_limits<double>::infinity();
    std::uint64_t state = 20;
    for (std::size_t search = 0; search < searches; ++search) {
      std::vector<float> centroids = drawn_start(points, k, state);
      double error = improve(points, centroids, passes_of_a_search);
      if (points.count <= most_rows_for_single_moves) {
        exchange_single_rows(points, centroids);
        error = improve(points, centroids, passes_of_a_search);
      }
      if (error >= least) continue;
      least = error;
      best = std::move(centroids);
    }
    if (sample_.count > 0) improve(all_, best, passes_over_all);
  }
  std::vector<std::vector<float>> sorted;
  for (std::size_t c = 0; c < best.size(); c += length_) {
    std::vector<float>& row = sorted.emplace_back();
    for (std::size_t j = 0; j < length_; ++j) row.push_back(rounded(best[c + j]));
  }
  std::ranges::sort(sorted);
  for (const std::vector<float>& row : sorted) {
    clusters.centroids.insert(clusters.centroids.end(), row.begin(), row.end());
  }
  Assignment assignment;
  assign(all_, clusters.centroids, assignment);
  assignment.codes.resize(all_.count);
  clusters.codes = std::move(assignment.codes);
  clusters.squared_error = assignment.error;
  return clusters;
}

}  // namespace goldilocks::kmeans
