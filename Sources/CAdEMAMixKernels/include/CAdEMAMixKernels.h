//===--- CAdEMAMixKernels.h - the elementwise loops of a step -*- C -*-----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// The loops that BLAS has no routine for, in C because C alone can compile one
// body for several instruction sets inside a package without build flags.
//
// Every function works on `count` elements, accepts any address that is
// aligned for its scalar type, and gives the same bits for every instruction
// set: no multiply and add is contracted, no sum is reordered.
//
//===----------------------------------------------------------------------===//

#ifndef ADEMAMIX_KERNELS_H
#define ADEMAMIX_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "storage.h"

/// Instruction sets a kernel is compiled for, in ascending order of width.
/// On processors other than x86-64 only the baseline exists.
enum {
  ADEMAMIX_BASELINE = 0,
  ADEMAMIX_AVX2 = 1,
  ADEMAMIX_AVX512 = 2,
};

/// The widest instruction set that this processor can run.
int ademamix_widest_instruction_set(void);

/// The number of processors the calling thread may run on, which may be fewer
/// than the machine has.
int ademamix_available_processor_count(void);

/// The scalars of one step, computed in double precision and narrowed once a
/// call. With the stored moments written `~m`:
///
///     ~m1 <- fast_fold * ~m1 + fast_gain * g
///     ~m2 <- slow_fold * ~m2 + slow_gain * g
///     ~nu <- second_fold * ~nu + second_gain * g^2
///     theta <- theta - ((fast_weight * ~m1 + slow_weight * ~m2)
///                       / (sqrt(second_weight * ~nu + epsilon_root) + epsilon)
///                       + decay * theta)
typedef struct ademamix_coefficients {
  double fast_fold, slow_fold, second_fold;
  double fast_gain, slow_gain, second_gain;
  double fast_weight, slow_weight, second_weight;
  double epsilon, epsilon_root;
  double decay;
} ademamix_coefficients;

/// Declares the kernels for one scalar type.
///
/// `fused`: all four lines above in one pass. Without a first moment
/// (`m1 == NULL`, for beta1 = 0) the gradient stands in its place.
///
/// `square`: `squares <- g^2`, for the axpy that updates `~nu`.
///
/// `update`: the last line above alone. `fast` is `~m1`, or the gradient.
///
/// `square` and `update` are called tile by tile, with axpy between them. While
/// they work on one tile they fetch what lies `ahead` elements further on, the
/// next tile: `square` that of `g` and `theta`, `update` that of the moments.
/// Without this, or with all five in one loop, memory idles during the axpys.
#define ADEMAMIX_DECLARE_KERNELS(SCALAR, SUFFIX)                               \
  void ademamix_fused_##SUFFIX(int instruction_set, size_t count,              \
                               SCALAR *theta, const SCALAR *g, SCALAR *m1,     \
                               SCALAR *m2, SCALAR *nu,                         \
                               const ademamix_coefficients *coefficients);     \
  void ademamix_square_##SUFFIX(int instruction_set, size_t count,             \
                                size_t ahead, const SCALAR *g,                 \
                                const SCALAR *theta, SCALAR *squares);         \
  void ademamix_update_##SUFFIX(int instruction_set, size_t count,             \
                                size_t ahead, SCALAR *theta,                   \
                                const SCALAR *fast, const SCALAR *m2,          \
                                const SCALAR *nu,                              \
                                const ademamix_coefficients *coefficients);

ADEMAMIX_DECLARE_KERNELS(float, f32)
ADEMAMIX_DECLARE_KERNELS(double, f64)

#undef ADEMAMIX_DECLARE_KERNELS

/// What each element g of a gradient becomes before the moments take it in:
/// the nearest number to `factor * (sum + residue + scale * g)` within
/// `-limit ... limit`. With `alone` the sum has no part in it.
///
/// With `zeroes`, 0 stands for a g with which `mean * (sum + residue + scale *
/// g)` is not finite in the scalar type.
typedef struct {
  double scale, mean, factor, limit;
  bool zeroes, alone;
} ademamix_treatment;

/// The partial sums of a measurement.
enum { ADEMAMIX_LANES = 8 };

/// Sums of squares, and of the product of the fast and the slow moment, in
/// partial sums of their own.
typedef struct {
  double gradient[ADEMAMIX_LANES], fast[ADEMAMIX_LANES], slow[ADEMAMIX_LANES],
      second[ADEMAMIX_LANES], direction[ADEMAMIX_LANES],
      fast_slow[ADEMAMIX_LANES];
} ademamix_measurement;

/// The sums of a measurement, each added up in the same order always.
typedef struct {
  double gradient, fast, slow, second, direction, fast_slow;
} ademamix_totals;

ademamix_totals ademamix_total(const ademamix_measurement *measurement);

/// Declares the stages of a step with options for one scalar type. They work on
/// a tile, one after the other, and fetch the next as `square` and `update` do.
///
/// `square_sum`: the sum of `(sum + residue + scale * g)^2`, or of `g^2` where
/// `sum` is NULL. Here and below, `residue` may be NULL for 0.
///
/// `accumulate`: `sum <- sum + scale * g`, and what rounding lost of it is added
/// to `residue`.
///
/// `treat`: the above, into `treated`. `sum` may be NULL for 0.
///
/// `average`: the moments' lines of `fused`.
///
/// `direction`: the quotient in its last line. `fast` is `~m1`, or the gradient.
///
/// `apply`: `theta <- theta - (direction + decay * theta)`.
///
/// `agreement`: how many elements of a direction and its gradient agree in sign;
/// 0 agrees with nothing. `mask`: 0 for those that do not.
///
/// `excess`: the sum of `(factor * g)^2 / max(second_weight * ~nu +
/// epsilon_root, epsilon^2)`.
///
/// `measure`: adds to a measurement of what is stored. In single precision,
/// squares of numbers above 1e19 are infinite, and of those below 1e-19 may be 0.
#define ADEMAMIX_DECLARE_STAGES(SCALAR, SUFFIX)                                \
  double ademamix_square_sum_##SUFFIX(int instruction_set, size_t count,       \
                                      size_t ahead, const SCALAR *g,           \
                                      const SCALAR *sum,                       \
                                      const SCALAR *residue, double scale);    \
  void ademamix_accumulate_##SUFFIX(int instruction_set, size_t count,         \
                                    size_t ahead, double scale,                \
                                    const SCALAR *g, SCALAR *sum,              \
                                    SCALAR *residue);                          \
  void ademamix_treat_##SUFFIX(int instruction_set, size_t count,              \
                               size_t ahead, const SCALAR *g,                  \
                               const SCALAR *sum, const SCALAR *residue,       \
                               const ademamix_treatment *treatment,            \
                               SCALAR *treated);                               \
  void ademamix_average_##SUFFIX(                                              \
      int instruction_set, size_t count, size_t ahead, const SCALAR *theta,    \
      const SCALAR *g, SCALAR *m1, SCALAR *m2, SCALAR *nu,                     \
      const ademamix_coefficients *coefficients);                              \
  void ademamix_direction_##SUFFIX(                                            \
      int instruction_set, size_t count, size_t ahead, const SCALAR *fast,     \
      const SCALAR *m2, const SCALAR *nu, SCALAR *direction,                   \
      const ademamix_coefficients *coefficients);                              \
  void ademamix_apply_##SUFFIX(int instruction_set, size_t count,              \
                               SCALAR *theta, const SCALAR *direction,         \
                               double decay);                                  \
  size_t ademamix_agreement_##SUFFIX(int instruction_set, size_t count,        \
                                     const SCALAR *direction,                  \
                                     const SCALAR *g);                         \
  void ademamix_mask_##SUFFIX(int instruction_set, size_t count,               \
                              SCALAR *direction, const SCALAR *g);             \
  double ademamix_excess_##SUFFIX(int instruction_set, size_t count,           \
                                  const SCALAR *g, double factor,              \
                                  const SCALAR *nu,                            \
                                  const ademamix_coefficients *coefficients);  \
  void ademamix_measure_##SUFFIX(int instruction_set, size_t count,            \
                                 const SCALAR *g, const SCALAR *fast,          \
                                 const SCALAR *m2, const SCALAR *nu,           \
                                 const SCALAR *direction,                      \
                                 ademamix_measurement *measurement);

ADEMAMIX_DECLARE_STAGES(float, f32)
ADEMAMIX_DECLARE_STAGES(double, f64)

#undef ADEMAMIX_DECLARE_STAGES

/// The index of the first element that is negative, or `count`. A NaN is not.
size_t ademamix_first_negative_f32(size_t count, const float *x);
size_t ademamix_first_negative_f64(size_t count, const double *x);

#endif
