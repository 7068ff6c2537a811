//===--- instruction_sets.h - one body, compiled for each -----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// Include with BODIES, SCALAR and SUFFIX defined. BODIES names a header that
// defines functions NAME(function), marked TARGET, on SCALAR values; it is
// compiled once for each instruction set. DISPATCH(function, arguments) then
// calls the one that the variable `instruction_set` asks for.
//
// Bodies work in blocks of four cache lines a stream: a constant length that
// the compiler unrolls into vectors, and room between two rounds of prefetching.
//
//===----------------------------------------------------------------------===//

#include "CAdEMAMixKernels.h"

#include <math.h>
#include <stdint.h>

#define JOIN_TOKENS(A, B, C) A##_##B##_##C
#define JOIN(A, B, C) JOIN_TOKENS(A, B, C)

#define INLINE static inline __attribute__((always_inline)) TARGET
// For what is rare, or shared by many loops.
#define APART static __attribute__((noinline)) TARGET

#define BLOCK (256 / sizeof(SCALAR))

// Fetches memory that lies `ahead` bytes behind an address. That may be past
// the end of the buffer: a prefetch never faults, and no such pointer is formed.
static inline __attribute__((always_inline)) void
fetch(const void *address, size_t ahead, size_t bytes) {
  uintptr_t start = (uintptr_t)address + ahead;
  for (size_t byte = 0; byte < bytes; byte += 64)
    __builtin_prefetch((const void *)(start + byte), 0, 3);
}

// The same for a block.
static inline __attribute__((always_inline)) void
fetch_block(const void *address, size_t ahead) {
  fetch(address, ahead, 256);
}

#define TARGET
#define NAME(FUNCTION) JOIN(FUNCTION, SUFFIX, baseline)
#include BODIES
#undef NAME
#undef TARGET

#if defined(__x86_64__)

#define TARGET __attribute__((target("avx2")))
#define NAME(FUNCTION) JOIN(FUNCTION, SUFFIX, avx2)
#include BODIES
#undef NAME
#undef TARGET

#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#define NAME(FUNCTION) JOIN(FUNCTION, SUFFIX, avx512)
#include BODIES
#undef NAME
#undef TARGET

#define DISPATCH(FUNCTION, ...)                                                \
  switch (instruction_set) {                                                   \
  case ADEMAMIX_AVX512:                                                        \
    return JOIN(FUNCTION, SUFFIX, avx512)(__VA_ARGS__);                        \
  case ADEMAMIX_AVX2:                                                          \
    return JOIN(FUNCTION, SUFFIX, avx2)(__VA_ARGS__);                          \
  default:                                                                     \
    return JOIN(FUNCTION, SUFFIX, baseline)(__VA_ARGS__);                      \
  }

#else

#define DISPATCH(FUNCTION, ...)                                                \
  (void)instruction_set;                                                       \
  return JOIN(FUNCTION, SUFFIX, baseline)(__VA_ARGS__)

#endif
