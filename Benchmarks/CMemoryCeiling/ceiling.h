//===--- ceiling.h - one scalar type -*- C -*------------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// Defines the loop for one scalar type: include with SCALAR and SUFFIX defined.
//
//===----------------------------------------------------------------------===//

#include "CAdEMAMixKernels.h"
#include "CMemoryCeiling.h"

#define JOIN_TOKENS(A, B, C) A##_##B##_##C
#define JOIN(A, B, C) JOIN_TOKENS(A, B, C)

#define TARGET
#define NAME(FUNCTION) JOIN(FUNCTION, SUFFIX, baseline)
#include "ceiling_body.h"
#undef NAME
#undef TARGET

#if defined(__x86_64__)

#define TARGET __attribute__((target("avx2")))
#define NAME(FUNCTION) JOIN(FUNCTION, SUFFIX, avx2)
#include "ceiling_body.h"
#undef NAME
#undef TARGET

#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#define NAME(FUNCTION) JOIN(FUNCTION, SUFFIX, avx512)
#include "ceiling_body.h"
#undef NAME
#undef TARGET

#endif

void JOIN(memory, ceiling, SUFFIX)(bool prefetching, size_t count, SCALAR *a,
                                   SCALAR *b, SCALAR *c, SCALAR *d,
                                   const SCALAR *e) {
  switch (ademamix_widest_instruction_set()) {
#if defined(__x86_64__)
  case ADEMAMIX_AVX512:
    return JOIN(ceiling, SUFFIX, avx512)(prefetching, count, a, b, c, d, e);
  case ADEMAMIX_AVX2:
    return JOIN(ceiling, SUFFIX, avx2)(prefetching, count, a, b, c, d, e);
#endif
  default:
    return JOIN(ceiling, SUFFIX, baseline)(prefetching, count, a, b, c, d, e);
  }
}
