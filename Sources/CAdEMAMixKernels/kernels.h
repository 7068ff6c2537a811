//===--- kernels.h - the kernels of one scalar type -----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// Include with SCALAR and SUFFIX defined.
//
//===----------------------------------------------------------------------===//

#define BODIES "kernel_bodies.h"
#include "instruction_sets.h"

void JOIN(ademamix, fused, SUFFIX)(int instruction_set, size_t count,
                                   SCALAR *theta, const SCALAR *g, SCALAR *m1,
                                   SCALAR *m2, SCALAR *nu,
                                   const ademamix_coefficients *coefficients) {
  DISPATCH(fused, count, theta, g, m1, m2, nu, coefficients);
}

void JOIN(ademamix, square, SUFFIX)(int instruction_set, size_t count,
                                    size_t ahead, const SCALAR *g,
                                    const SCALAR *theta, SCALAR *squares) {
  DISPATCH(square, count, ahead, g, theta, squares);
}

void JOIN(ademamix, update, SUFFIX)(int instruction_set, size_t count,
                                    size_t ahead, SCALAR *theta,
                                    const SCALAR *fast, const SCALAR *m2,
                                    const SCALAR *nu,
                                    const ademamix_coefficients *coefficients) {
  DISPATCH(update, count, ahead, theta, fast, m2, nu, coefficients);
}
