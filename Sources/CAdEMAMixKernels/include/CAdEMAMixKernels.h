//===--- CAdEMAMixKernels.h - the elementwise loops of a step -*- C -*-----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The loops that BLAS has no routine for. They are in C because C alone can
// compile one loop for several instruction sets without build flags.
//
// The kernels of a scalar type and an instruction set are the members of a
// table, which is looked up once a step. A kernel works on `count` elements at
// any addresses that are aligned for the scalar type. It gives the same bits
// on every instruction set: no multiplication is contracted with an addition,
// and no sum is reordered.
//
//===----------------------------------------------------------------------===//

#ifndef ADEMAMIX_KERNELS_H
#define ADEMAMIX_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "quantized.h"

#pragma clang assume_nonnull begin

/// The instruction sets that kernels are compiled for, in ascending order of
/// width. On processors other than x86-64 only the baseline exists.
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

/// The coefficients of one step, computed in double precision. Each call of a
/// kernel narrows them to the scalar type once.
///
/// A moment m is kept as `~m`, m divided by its lazy scale. One step of an
/// element is
///
///     ~m1 <- fast_fold * ~m1 + fast_gain * g
///     ~m2 <- slow_fold * ~m2 + slow_gain * g
///     ~nu <- second_fold * ~nu + second_gain * g^2
///     direction = (fast_weight * ~m1 + slow_weight * ~m2)
///                 / (sqrt(second_weight * ~nu + epsilon_root) + epsilon)
///     theta <- theta - (direction + decay * theta)
///
/// A finite g of magnitude above `limit` counts as `limit` with the sign of g.
/// Products of a fold other than 1 with m1 and m2 are flushed: see `flush` of
/// the kernels.
typedef struct ademamix_coefficients {
  double fast_fold, slow_fold, second_fold;
  double fast_gain, slow_gain, second_gain;
  double fast_weight, slow_weight, second_weight;
  double epsilon, epsilon_root;
  double decay;
  double limit;
} ademamix_coefficients;

/// Restraints that hold a group of parameters back from the equations.
///
/// Each element of the direction is moved to the nearest number within `-bound
/// ... bound`, and a NaN stays. With `skips`, elements whose g is 0 are left
/// alone: their parameter and their moments. The scales of such a group are 1,
/// for elements of one age decay alike, and others do not. One step of a moment
/// m with its beta is then
///
///     m <- beta * m + gain * g
///
/// computed as `m + (gain * g - (1 - beta) * m)` where beta is at least 1/2.
/// The folds of the coefficients are the scales of earlier steps, if those were
/// others. They multiply the moments of all elements first.
typedef struct ademamix_restraint {
  /// A bound of the direction as the coefficients have it, times the learning
  /// rate. Infinity for none.
  double bound;
  double beta1, beta2, beta3;
  bool skips;
} ademamix_restraint;

/// The way from a gradient g to the numbers that moments take in, or that are
/// added to a sum: the number nearest to
/// `factor * (sum + compensation + scale * g)` within `-limit ... limit`.
typedef struct {
  double scale, mean, factor, limit;
  /// The largest magnitude of a result that comes from finite numbers, even if
  /// computing it overflows. Infinities and NaN pass it, but do not pass
  /// `limit`.
  double bound;
  /// Whether 0 stands for each g with which
  /// `mean * (sum + compensation + scale * g)` is not finite in the scalar
  /// type.
  bool zeroes;
  /// Whether the result leaves out the sum: `factor * scale * g`.
  bool alone;
} ademamix_gradient_transform;

/// A scan of a gradient, some of whose elements may not be finite.
typedef struct {
  /// The factor of the gradient before it is added to a sum, and that of the
  /// total with which it has to be finite in the scalar type.
  double scale, unit;
  /// Whether the first refused element is wanted.
  bool finds_first;
  /// The sum of the squares of totals. For an element that the gradient makes
  /// other than finite, which is refused, that of what was there before.
  double squares;
  /// How many elements are refused, and how many were not finite before, whose
  /// squares are left out.
  size_t refused, spoiled;
  /// Whether some total is NaN.
  bool has_nan;
  /// The first refused element, and its total.
  size_t first;
  double first_value;
} ademamix_scan;

/// The number of partial sums in a measurement: as many as an AVX-512 register
/// has doubles, so that the six sums of a measurement stay in registers.
enum { ADEMAMIX_LANES = 8 };

/// Sums of squares, and of the products of the fast and the slow moment, each
/// in partial sums.
typedef struct {
  double gradient[ADEMAMIX_LANES], fast[ADEMAMIX_LANES], slow[ADEMAMIX_LANES],
      second[ADEMAMIX_LANES], direction[ADEMAMIX_LANES],
      fast_slow[ADEMAMIX_LANES];
} ademamix_measurement;

/// The signs of the gradients of neighbouring elements, a bit for each: what
/// the second half of a cautious step needs of them. 0 and NaN have neither.
typedef struct {
  uint64_t positive, negative;
} ademamix_signs;

/// The bytes of elements that share an `ademamix_signs`.
enum { ADEMAMIX_SIGNED_BYTES = 256 };

/// The bytes of a tile of parameters.
enum { ADEMAMIX_TILE_BYTES = 1024 };

/// The sums over a tensor that its update depends on.
typedef struct {
  /// How many elements of the direction have the sign of their gradient, and
  /// how many of the gradient are not 0.
  size_t agreeing, nonzero;
  /// The results of `normalized_square_sum`, with this factor, for each
  /// ADEMAMIX_TILE_BYTES of elements. NULL where they are not wanted.
  double *_Nullable squares;
  double factor;
} ademamix_update_sums;

/// The kernels of one scalar type, compiled for one instruction set.
///
/// Pointers to `void` point to elements of that type. Buffers of one call do
/// not overlap, except where a member says so.
///
/// A kernel with a parameter `ahead` is called tile by tile. While it works on
/// one tile, it prefetches memory `ahead` elements further on: the next tile.
/// Each such kernel prefetches only some of the streams of a step, since a
/// kernel that prefetched all of them would leave memory idle while the other
/// kernels work on the tile.
typedef struct ademamix_kernels {
  /// Makes the whole step of `ademamix_coefficients` in one pass. `m1` is NULL
  /// where beta1 is 0; the gradient then stands for the fast moment.
  void (*fused)(size_t count, void *theta, const void *g, void *_Nullable m1,
                void *m2, void *nu, const ademamix_coefficients *c);

  /// Writes `squares <- g^2`, for the axpy that updates the second moment, and
  /// returns whether some finite g may be beyond `limit`. It may return true
  /// where none is, for a NaN among others. Prefetches `g` and `theta`.
  bool (*square)(size_t count, size_t ahead, double limit, const void *g,
                 const void *theta, void *squares);

  /// Returns whether some finite x is beyond `limit`. If so, writes `clamped <-
  /// x`, with `limit` of the same sign in the place of each such x. Otherwise
  /// writes nothing. `clamped` may be `x`.
  bool (*clamp)(size_t count, double limit, const void *x, void *clamped);

  /// Flushes m1 or m2 after a fold that was made by other means: elements of a
  /// magnitude below 2^-80 in single precision, and 2^-960 in double, become 0.
  /// Without gradients a moment would decay through the subnormal numbers.
  /// There a step took 1.5 to 4 times as long on Zen 5, and the slow path of
  /// quantized moments, which begins at this magnitude, up to 15 times.
  void (*flush)(size_t count, void *moment);

  /// Makes the update of the moments alone. No g may be beyond the limit.
  /// Prefetches `theta` and `g`.
  void (*update_moments)(size_t count, size_t ahead, const void *theta,
                         const void *g, void *_Nullable m1, void *m2, void *nu,
                         const ademamix_coefficients *c);

  /// Makes the update of the parameters alone. `fast` is m1, or the gradient
  /// where there is none. Prefetches the moments.
  void (*update_parameters)(size_t count, size_t ahead, void *theta,
                            const void *fast, const void *m2, const void *nu,
                            const ademamix_coefficients *c);

  /// Makes the update of the moments alone, as `fused` does, and sums up what
  /// is wanted of them. Counts where there are `signs`, and writes them.
  void (*first_half)(size_t count, const void *g, void *_Nullable m1, void *m2,
                     void *nu, const ademamix_coefficients *c,
                     ademamix_signs *_Nullable signs,
                     ademamix_update_sums *sums);

  /// Makes the update of the parameters alone, as `fused` does. An element of
  /// the direction counts as 0 that does not have the sign of its gradient, if
  /// there are `signs`. `g` is read where m1 is NULL.
  void (*second_half)(size_t count, void *theta, const void *_Nullable g,
                      const void *_Nullable m1, const void *m2, const void *nu,
                      const ademamix_coefficients *c,
                      const ademamix_signs *_Nullable signs);

  /// Writes the direction of the update. `fast` is m1, or the gradient where
  /// there is none. Prefetches the moments.
  void (*direction)(size_t count, size_t ahead, const void *fast,
                    const void *m2, const void *nu, void *direction,
                    const ademamix_coefficients *c);

  /// Moves the parameters: `theta <- theta - (direction + decay * theta)`.
  void (*apply_direction)(size_t count, void *theta, const void *direction,
                          double decay);

  /// Returns the sum of `(sum + compensation + scale * g)^2`, or of `g^2` where
  /// `sum` is NULL. A `compensation` of NULL stands for 0. Prefetches `g` and
  /// `sum`.
  double (*square_sum)(size_t count, size_t ahead, const void *g,
                       const void *_Nullable sum,
                       const void *_Nullable compensation, double scale);

  /// Sums up as `square_sum` does with the same `scale`, in the same order, but
  /// leaves out what is not finite, and counts it. Prefetches nothing.
  void (*scan)(size_t count, const void *g, const void *_Nullable sum,
               const void *_Nullable compensation, ademamix_scan *scan);

  /// Adds a gradient to a sum, `sum <- sum + scale * g`, and the error of the
  /// rounded addition to `compensation`. Prefetches all three.
  void (*accumulate)(size_t count, size_t ahead, double scale, const void *g,
                     void *sum, void *compensation);

  /// Writes a gradient as the transform says. `sum` and `compensation` may be
  /// NULL for 0. Prefetches `g` and `sum`.
  void (*transform_gradient)(size_t count, size_t ahead, const void *g,
                             const void *_Nullable sum,
                             const void *_Nullable compensation,
                             const ademamix_gradient_transform *transform,
                             void *transformed);

  /// Returns how many elements of a direction have the sign of their gradient.
  /// 0 has no sign.
  size_t (*agreement_count)(size_t count, const void *direction, const void *g);

  /// Returns how many elements of a gradient are not 0.
  size_t (*nonzero_count)(size_t count, const void *g);

  /// Sets elements of a direction to 0 that do not have the sign of their
  /// gradient.
  void (*mask_disagreement)(size_t count, void *direction, const void *g);

  /// Returns the sum of the squared updates that the second moment alone would
  /// make: `(factor * g)^2 / max(second_weight * ~nu + epsilon_root,
  /// epsilon^2)`. Terms that are not finite are left out.
  double (*normalized_square_sum)(size_t count, const void *g, double factor,
                                  const void *nu,
                                  const ademamix_coefficients *c);

  /// Adds to the sums of a measurement. `fast` is m1, or the gradient where
  /// there is none. In single precision, squares of numbers above 6e18 may
  /// become infinite, and those of numbers below 1e-19 may become 0.
  void (*measure)(size_t count, const void *g, const void *fast, const void *m2,
                  const void *nu, const void *direction,
                  ademamix_measurement *measurement);

  /// Makes the whole step of a group that is restrained, in one pass.
  void (*fused_restrained)(size_t count, void *theta, const void *g,
                           void *_Nullable m1, void *m2, void *nu,
                           const ademamix_coefficients *c,
                           const ademamix_restraint *r);

  /// Makes the update of the moments alone where a restraint skips. No g may be
  /// beyond the limit. Prefetches `theta` and `g`.
  void (*update_active_moments)(size_t count, size_t ahead, const void *theta,
                                const void *g, void *_Nullable m1, void *m2,
                                void *nu, const ademamix_coefficients *c,
                                const ademamix_restraint *r);

  /// Makes the update of restrained parameters alone. Prefetches the moments.
  void (*update_restrained_parameters)(size_t count, size_t ahead, void *theta,
                                       const void *g, const void *_Nullable m1,
                                       const void *m2, const void *nu,
                                       const ademamix_coefficients *c,
                                       const ademamix_restraint *r);

  /// Restrains a direction: 0 stands for elements that are skipped. Returns how
  /// many others were beyond the bound.
  size_t (*restrain_direction)(size_t count, const void *g, void *direction,
                               const ademamix_restraint *r);

  /// Moves the parameters as `apply_direction` does, but for elements whose g
  /// is 0.
  void (*apply_active_direction)(size_t count, void *theta,
                                 const void *direction, const void *g,
                                 double decay);

  /// Returns the index of the first negative element, or `count` where there is
  /// none. A NaN is not negative.
  size_t (*first_negative)(size_t count, const void *x);

  /// Returns whether all elements are finite.
  bool (*are_finite)(size_t count, const void *x);
} ademamix_kernels;

/// The kernels in single and in double precision. An instruction set that they
/// are not compiled for stands for the baseline.
const ademamix_kernels *ademamix_kernels_f32(int instruction_set);
const ademamix_kernels *ademamix_kernels_f64(int instruction_set);

#pragma clang assume_nonnull end

#endif
