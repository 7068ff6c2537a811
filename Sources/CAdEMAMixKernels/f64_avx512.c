//===--- f64_avx512.c - kernels on double, for AVX-512 --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "loops.h"

#if defined(__x86_64__)
#pragma clang attribute push(                                                  \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw"))),             \
    apply_to = function)

#define SCALAR double
#define VECTOR_BYTES 64
#include "Loops/kernels.inc"

const ademamix_kernels *const ademamix_f64_avx512 = &kernels;

#pragma clang attribute pop
#endif
