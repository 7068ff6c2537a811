//===--- restrained_f64.c - limits and skips in double precision ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#define SCALAR double
#define SUFFIX f64
#define LEAST_MOMENT 0x1p-960
#include "restrained_checks.inc"
