//===--- kernels_f64.c - the kernels in double precision ------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define SCALAR double
#define SUFFIX f64
#include "kernels.h"
