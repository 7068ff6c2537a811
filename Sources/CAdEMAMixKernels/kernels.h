//===--- kernels.h - the kernels of one scalar type -----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// Include with SCALAR and SUFFIX defined.
//
//===----------------------------------------------------------------------===//

#define BODIES "bodies.h"
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

double JOIN(ademamix, square_sum, SUFFIX)(int instruction_set, size_t count,
                                          size_t ahead, const SCALAR *g,
                                          const SCALAR *sum,
                                          const SCALAR *residue,
                                          double scale) {
  DISPATCH(square_sum, count, ahead, g, sum, residue, scale);
}

void JOIN(ademamix, accumulate, SUFFIX)(int instruction_set, size_t count,
                                        size_t ahead, double scale,
                                        const SCALAR *g, SCALAR *sum,
                                        SCALAR *residue) {
  DISPATCH(accumulate, count, ahead, scale, g, sum, residue);
}

void JOIN(ademamix, treat, SUFFIX)(int instruction_set, size_t count,
                                   size_t ahead, const SCALAR *g,
                                   const SCALAR *sum, const SCALAR *residue,
                                   const ademamix_treatment *treatment,
                                   SCALAR *treated) {
  DISPATCH(treat, count, ahead, g, sum, residue, treatment, treated);
}

void JOIN(ademamix, average, SUFFIX)(int instruction_set, size_t count,
                                     size_t ahead, const SCALAR *theta,
                                     const SCALAR *g, SCALAR *m1, SCALAR *m2,
                                     SCALAR *nu,
                                     const ademamix_coefficients *coefficients) {
  DISPATCH(average, count, ahead, theta, g, m1, m2, nu, coefficients);
}

void JOIN(ademamix, direction, SUFFIX)(
    int instruction_set, size_t count, size_t ahead, const SCALAR *fast,
    const SCALAR *m2, const SCALAR *nu, SCALAR *direction,
    const ademamix_coefficients *coefficients) {
  DISPATCH(direction, count, ahead, fast, m2, nu, direction, coefficients);
}

void JOIN(ademamix, apply, SUFFIX)(int instruction_set, size_t count,
                                   SCALAR *theta, const SCALAR *direction,
                                   double decay) {
  DISPATCH(apply, count, theta, direction, decay);
}

size_t JOIN(ademamix, agreement, SUFFIX)(int instruction_set, size_t count,
                                         const SCALAR *direction,
                                         const SCALAR *g) {
  DISPATCH(agreement, count, direction, g);
}

void JOIN(ademamix, mask, SUFFIX)(int instruction_set, size_t count,
                                  SCALAR *direction, const SCALAR *g) {
  DISPATCH(mask, count, direction, g);
}

double JOIN(ademamix, excess, SUFFIX)(
    int instruction_set, size_t count, const SCALAR *g, double factor,
    const SCALAR *nu, const ademamix_coefficients *coefficients) {
  DISPATCH(excess, count, g, factor, nu, coefficients);
}

void JOIN(ademamix, measure, SUFFIX)(int instruction_set, size_t count,
                                     const SCALAR *g, const SCALAR *fast,
                                     const SCALAR *m2, const SCALAR *nu,
                                     const SCALAR *direction,
                                     ademamix_measurement *measurement) {
  DISPATCH(measure, count, g, fast, m2, nu, direction, measurement);
}
