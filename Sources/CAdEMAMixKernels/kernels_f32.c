//===--- kernels_f32.c - the kernels in single precision ------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#define SCALAR float
#define SUFFIX f32
#define STORES_MOMENTS
#include "kernels.h"

void ademamix_fused_stored(int instruction_set, size_t count,
                           const ademamix_stored_run *run,
                           ademamix_rounding rounding,
                           const ademamix_coefficients *coefficients) {
  DISPATCH(fused_stored, count, run, rounding, coefficients);
}

void ademamix_load(int instruction_set, size_t count, ademamix_stored moment,
                   float *elements) {
  DISPATCH(load, count, moment, elements);
}

void ademamix_store(int instruction_set, size_t count, const float *elements,
                    ademamix_rounding rounding, ademamix_stored moment) {
  DISPATCH(store, count, elements, rounding, moment);
}

void ademamix_store_nearest(int instruction_set, size_t count,
                            const float *elements, ademamix_stored moment) {
  DISPATCH(store_nearest, count, elements, moment);
}

void ademamix_widen(int instruction_set, size_t count, const uint16_t *narrow,
                    float *wide) {
  DISPATCH(widen, count, narrow, wide);
}

void ademamix_narrow(int instruction_set, size_t count, const float *wide,
                     uint16_t *narrow) {
  DISPATCH(narrow, count, wide, narrow);
}
