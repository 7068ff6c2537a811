//===--- restrained_f32.c - limits and skips in single precision ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#define SCALAR float
#define SUFFIX f32
#define LEAST_MOMENT 0x1p-80
#define HAS_QUANTIZED
#include "restrained_checks.inc"
