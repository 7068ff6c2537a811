//===--- bodies.h - all that is compiled for each instruction set ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "kernel_bodies.h"
#include "gradient_bodies.h"
#include "staged_bodies.h"

#ifdef STORES_MOMENTS
#include "codes.h"
#include "block_bodies.h"
#include "stored_bodies.h"
#endif
