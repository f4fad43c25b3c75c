#pragma once

#include <omp.h>

namespace goldilocks::onednn {

// While it lives, oneDNN uses only the calling thread: threads go over images, and a primitive chooses its blocking for
// the number of threads that it is created under. OpenMP keeps that number per thread, so other threads don't notice.
class SingleThread {
 public:
  SingleThread() : before_(omp_get_max_threads()) {
    if (before_ != 1) omp_set_num_threads(1);
  }
  ~SingleThread() {
    if (before_ != 1) omp_set_num_threads(before_);
  }
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;

 private:
  int before_;
};

}  // namespace goldilocks::onednn
