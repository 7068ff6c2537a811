//===--- f32_baseline.c - kernels on float, on every processor ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "loops.h"

#define SCALAR float
#define VECTOR_BYTES 16
#include "Loops/kernels.inc"
#include "Loops/quantized_kernels.inc"

const ademamix_kernels *const ademamix_f32_baseline = &kernels;
const ademamix_quantized_kernels *const ademamix_quantized_baseline =
    &quantized_kernels;
