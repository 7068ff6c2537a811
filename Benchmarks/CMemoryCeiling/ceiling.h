//===--- ceiling.h - one scalar type -*- C -*------------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// Defines the loop for one scalar type: include with SCALAR and SUFFIX defined.
//
//===----------------------------------------------------------------------===//

#include "CMemoryCeiling.h"

#define BODIES "ceiling_body.h"
#include "instruction_sets.h"

void JOIN(memory, ceiling, SUFFIX)(bool prefetching, size_t count, SCALAR *a,
                                   SCALAR *b, SCALAR *c, SCALAR *d,
                                   const SCALAR *e) {
  int instruction_set = ademamix_widest_instruction_set();
  DISPATCH(ceiling, prefetching, count, a, b, c, d, e);
}
