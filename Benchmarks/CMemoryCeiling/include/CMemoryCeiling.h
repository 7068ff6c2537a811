//===--- CMemoryCeiling.h - as fast as memory goes -*- C -*----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The loop that a step is compared with: it moves the same memory as a step
// and does as little as possible with it.
//
//===----------------------------------------------------------------------===//

#ifndef MEMORY_CEILING_H
#define MEMORY_CEILING_H

#include <stdbool.h>
#include <stddef.h>

/// Reads five streams of `count` elements and writes four: adds `e` to `a`,
/// `b`, `c` and `d`. Fetches each stream ahead if `prefetching`.
///
/// Uses the widest vectors of the processor.
void memory_ceiling_f32(bool prefetching, size_t count, float *a, float *b,
                        float *c, float *d, const float *e);

/// The same in double precision.
void memory_ceiling_f64(bool prefetching, size_t count, double *a, double *b,
                        double *c, double *d, const double *e);

#endif
