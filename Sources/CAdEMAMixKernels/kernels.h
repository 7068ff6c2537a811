//===--- kernels.h - every instruction set of one scalar type -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// Defines the kernels of one scalar type: include with SCALAR and SUFFIX
// defined. A kernel without a vector width in its name chooses one by the
// instruction set its caller asks for.
//
//===----------------------------------------------------------------------===//

#include "CAdEMAMixKernels.h"

#define JOIN_TOKENS(A, B, C) A##_##B##_##C
#define JOIN(A, B, C) JOIN_TOKENS(A, B, C)

#define TARGET
#define NAME(FUNCTION) JOIN(FUNCTION, SUFFIX, baseline)
#include "kernel_bodies.h"
#undef NAME
#undef TARGET

#if defined(__x86_64__)

#define TARGET __attribute__((target("avx2")))
#define NAME(FUNCTION) JOIN(FUNCTION, SUFFIX, avx2)
#include "kernel_bodies.h"
#undef NAME
#undef TARGET

#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#define NAME(FUNCTION) JOIN(FUNCTION, SUFFIX, avx512)
#include "kernel_bodies.h"
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
  JOIN(FUNCTION, SUFFIX, baseline)(__VA_ARGS__)

#endif

void JOIN(ademamix, fused, SUFFIX)(int instruction_set, size_t count,
                                   SCALAR *theta, const SCALAR *g, SCALAR *m1,
                                   SCALAR *m2, SCALAR *nu,
                                   const ademamix_coefficients *coefficients) {
  DISPATCH(fused, count, theta, g, m1, m2, nu, coefficients);
}

void JOIN(ademamix, square, SUFFIX)(int instruction_set, size_t count,
                                    size_t ahead, const SCALAR *g,
                                    const SCALAR *theta, SCALAR *squares) {
  DISPATCH(square, count, ahead, g, theta, squares);
}

void JOIN(ademamix, update, SUFFIX)(int instruction_set, size_t count,
                                    size_t ahead, SCALAR *theta,
                                    const SCALAR *fast, const SCALAR *m2,
                                    const SCALAR *nu,
                                    const ademamix_coefficients *coefficients) {
  DISPATCH(update, count, ahead, theta, fast, m2, nu, coefficients);
}
