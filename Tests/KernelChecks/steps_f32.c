//===--- steps_f32.c - steps in single precision --------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define SCALAR float
#define SUFFIX f32
#include "step_checks.h"
