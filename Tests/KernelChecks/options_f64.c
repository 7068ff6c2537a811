//===--- options_f64.c - the stages of options in double precision --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#define SCALAR double
#define SUFFIX f64
#define EPSILON DBL_EPSILON
#define SMALLEST 0x1p-1074
#define LARGEST DBL_MAX
#include "option_checks.inc"
