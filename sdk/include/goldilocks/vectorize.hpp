#pragma once

// Put before a function whose loops gain from wide registers: it is compiled for several instruction sets, and the best
// one is chosen when the library is loaded. All versions give the same bytes, as each lane does the same IEEE
// operations and multiply-add contraction is off. Sanitizers can't run the chooser that early, so their builds have one
// version.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define GOLDILOCKS_VECTORIZE __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define GOLDILOCKS_VECTORIZE
#endif
