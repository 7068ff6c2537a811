//===--- f32_avx512.c - kernels on float, for AVX-512 ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "loops.h"

#if defined(__x86_64__)
#pragma clang attribute push(                                                  \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw"))),             \
    apply_to = function)

#define SCALAR float
#define VECTOR_BYTES 64
#include "Loops/kernels.inc"
#include "Loops/quantized_kernels.inc"

const ademamix_kernels *const ademamix_f32_avx512 = &kernels;
const ademamix_quantized_kernels *const ademamix_quantized_avx512 =
    &quantized_kernels;

#pragma clang attribute pop
#endif
