//===--- f64_baseline.c - kernels on double, on every processor -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "loops.h"

#define SCALAR double
#define VECTOR_BYTES 16
#include "Loops/kernels.inc"

const ademamix_kernels *const ademamix_f64_baseline = &kernels;
