//===--- loops.h - shared by all files of the kernels -*- C -*-------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Included before an attribute region names an instruction set: declarations of
// the C library keep their own.
//
//===----------------------------------------------------------------------===//

#ifndef ADEMAMIX_LOOPS_H
#define ADEMAMIX_LOOPS_H

#include "CAdEMAMixKernels.h"

#include <math.h>
#include <stdint.h>

/// The tables, each in the file of its scalar type and instruction set.
extern const ademamix_kernels *const ademamix_f32_baseline;
extern const ademamix_kernels *const ademamix_f64_baseline;
extern const ademamix_quantized_kernels *const ademamix_quantized_baseline;
#if defined(__x86_64__)
extern const ademamix_kernels *const ademamix_f32_avx2;
extern const ademamix_kernels *const ademamix_f64_avx2;
extern const ademamix_quantized_kernels *const ademamix_quantized_avx2;
extern const ademamix_kernels *const ademamix_f32_avx512;
extern const ademamix_kernels *const ademamix_f64_avx512;
extern const ademamix_quantized_kernels *const ademamix_quantized_avx512;
#endif

/// A function that becomes part of its callers. A caller that passes a constant
/// gets a loop without the branches that the constant decides.
#define INLINE static inline __attribute__((always_inline))

/// A function that stays one, because it is called rarely or by many loops.
#define APART static __attribute__((noinline))

enum {
  CACHE_LINE = 64,
  /// Loops advance by four cache lines of each stream: a constant length that
  /// the compiler unrolls, and room for other work between two prefetches.
  UNROLL_BYTES = 4 * CACHE_LINE,
};
_Static_assert(UNROLL_BYTES == ADEMAMIX_SIGNED_BYTES,
               "an iteration keeps the signs of its gradients");

/// Prefetches memory that begins `ahead` bytes behind an address. The memory
/// may lie past the end of a buffer: a prefetch never faults, and the sum is no
/// pointer.
INLINE void prefetch_bytes(const void *address, size_t ahead, size_t bytes) {
  uintptr_t start = (uintptr_t)address + ahead;
  for (size_t byte = 0; byte < bytes; byte += CACHE_LINE)
    __builtin_prefetch((const void *)(start + byte), 0, 3);
}

/// Prefetches the memory of one iteration of a loop.
INLINE void prefetch(const void *address, size_t ahead) {
  prefetch_bytes(address, ahead, UNROLL_BYTES);
}

#endif
