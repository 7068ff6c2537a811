//===--- options_f32.c - the stages of options in single precision --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#define SCALAR float
#define SUFFIX f32
#define EPSILON FLT_EPSILON
#define SMALLEST 0x1p-149f
#define LARGEST FLT_MAX
#include "option_checks.inc"
