//===--- ceiling_f32.c - in single precision ------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#define SCALAR float
#define CEILING memory_ceiling_f32
#include "ceiling.inc"
