//===--- negative.c - finds what no second moment has ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "CAdEMAMixKernels.h"

// Blocks are searched to their end, which vectors can do; a Swift loop is not
// compiled to vectors here.
#define DEFINE_FIRST_NEGATIVE(SCALAR, SUFFIX)                                  \
  size_t ademamix_first_negative_##SUFFIX(size_t count, const SCALAR *x) {     \
    enum { block = 1024 };                                                     \
    size_t start = 0;                                                          \
    for (; start + block <= count; start += block) {                           \
      int found = 0;                                                           \
      for (size_t i = 0; i < block; ++i)                                       \
        found |= x[start + i] < 0;                                             \
      if (found)                                                               \
        break;                                                                 \
    }                                                                          \
    while (start < count && !(x[start] < 0))                                   \
      ++start;                                                                 \
    return start;                                                              \
  }

DEFINE_FIRST_NEGATIVE(float, f32)
DEFINE_FIRST_NEGATIVE(double, f64)
