//===--- ceiling_f64.c - in double precision ------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#define SCALAR double
#define CEILING memory_ceiling_f64
#include "ceiling.inc"
