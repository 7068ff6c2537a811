//===--- quantized.h - moments in fewer bits -*- C -*----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// Moments that are kept in 8 or 16 bits an element, in blocks of 256 elements.
// The last block of a tensor may be shorter. Arithmetic is that of single
// precision, on elements in registers or in the first-level cache.
//
//===----------------------------------------------------------------------===//

#ifndef ADEMAMIX_QUANTIZED_H
#define ADEMAMIX_QUANTIZED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// The elements of a block: those of a tile of parameters, so that a tile is
/// decoded, updated and encoded while it is in the first-level cache.
enum { ADEMAMIX_BLOCK_LENGTH = 256 };

/// Formats of an element x. From the third on, x is a code c and the largest
/// finite magnitude of its block, `maximum`. One code stands for elements that
/// are not finite: they are NaN once decoded.
///
/// q(c) is the number from 1 to 2^32 whose exponent and fraction have the bits
/// of c: 11 of them the fraction in codes of 16 bits, 3 in those of 8.
enum {
  /// x itself, in single precision.
  ADEMAMIX_FLOAT32 = 0,
  /// The upper half of x.
  ADEMAMIX_BFLOAT16 = 1,
  /// x = maximum * c/32766.
  ADEMAMIX_INT16 = 2,
  /// x = maximum * c|c|/126^2.
  ADEMAMIX_INT8 = 3,
  /// x = maximum * (q(c) - 1)/(q(65533) - 1), at least 0, with 5 bits of
  /// exponent.
  ADEMAMIX_UINT16 = 4,
  /// x = maximum * (p(c + 1) - 1)/(p(254) - 1), at least 0. p is the fourth
  /// power at powers of two^(1/4), and linear between them.
  ADEMAMIX_UINT8 = 5,
  /// |x| = maximum * (q(c) - 1)/(q(32765) - 1), with 4 bits of exponent. The
  /// highest bit of the element is the sign, the rest c.
  ADEMAMIX_SIGNED_FLOAT16 = 6,
  /// |x| = maximum * (q(c) - 1)/(q(125) - 1), with 4 bits of exponent. The
  /// highest bit of the element is the sign, the rest c.
  ADEMAMIX_SIGNED_FLOAT8 = 7,
  /// x = maximum * (q(c) - 1)/(q(253) - 1), at least 0, with 5 bits of
  /// exponent.
  ADEMAMIX_UNSIGNED_FLOAT8 = 8,
};

/// The bytes of an element.
static inline size_t ademamix_element_bytes(int format) {
  switch (format) {
  case ADEMAMIX_FLOAT32: return 4;
  case ADEMAMIX_INT8:
  case ADEMAMIX_UINT8:
  case ADEMAMIX_SIGNED_FLOAT8:
  case ADEMAMIX_UNSIGNED_FLOAT8: return 1;
  default: return 2;
  }
}

/// Whether a format needs the maxima of blocks.
static inline bool ademamix_has_maxima(int format) {
  return format >= ADEMAMIX_INT16;
}

/// Whether elements may be below 0.
static inline bool ademamix_is_signed(int format) {
  return format != ADEMAMIX_UINT16 && format != ADEMAMIX_UINT8 &&
         format != ADEMAMIX_UNSIGNED_FLOAT8;
}

/// A moment, from the start of a block on.
typedef struct {
  void *_Nullable elements;
  /// The largest finite magnitude of each block, with a negative sign where an
  /// element of the block is not finite. NULL in formats without maxima.
  float *_Nullable maxima;
  int format;
} ademamix_quantized_moment;

/// The same moment from a later element on, which begins a block.
static inline ademamix_quantized_moment
ademamix_moment_at(ademamix_quantized_moment moment, size_t start) {
  if (moment.elements)
    moment.elements =
        (char *)moment.elements + start * ademamix_element_bytes(moment.format);
  if (moment.maxima)
    moment.maxima += start / ADEMAMIX_BLOCK_LENGTH;
  return moment;
}

/// Everything that decides how elements are rounded. Neither threads nor shards
/// nor an interruption change it.
typedef struct {
  uint64_t seed;
  /// The index of the first element among all parameters.
  uint64_t first;
  /// The steps completed.
  uint64_t step;
} ademamix_rounding;

/// The memory that a step on quantized moments reads and writes.
typedef struct {
  float *theta;
  /// The gradients in one of two forms; the other is NULL.
  const float *_Nullable gradients;
  const uint16_t *_Nullable bfloat16_gradients;
  /// A copy of the parameters, rounded to the nearest, or NULL.
  uint16_t *_Nullable bfloat16_theta;
  /// `fast.elements` is NULL where beta1 is 0.
  ademamix_quantized_moment fast, slow, second;
} ademamix_quantized_operands;

struct ademamix_coefficients;
struct ademamix_restraint;

/// The kernels that exist in single precision alone, compiled for one
/// instruction set.
///
/// Rounding is stochastic, except where a member says "to the nearest": a
/// number between two codes gets the upper one with a probability equal to its
/// distance from the lower one, in units of their distance. The mean of many
/// rounded numbers is then right: up to the digits of single precision where
/// codes are evenly spaced, up to a quarter of the square of the smallest code
/// where they are quadratic.
typedef struct ademamix_quantized_kernels {
  /// Makes a step, as `fused` of `ademamix_kernels` does. Parameters move by
  /// the moments before those are rounded.
  void (*fused)(size_t count, const ademamix_quantized_operands *operands,
                ademamix_rounding rounding,
                const struct ademamix_coefficients *c);

  /// Makes a step of a group that is restrained, as `fused_restrained` of
  /// `ademamix_kernels` does. A block none of whose elements has a gradient
  /// keeps its codes, if the restraint skips.
  void (*fused_restrained)(size_t count,
                           const ademamix_quantized_operands *operands,
                           ademamix_rounding rounding,
                           const struct ademamix_coefficients *c,
                           const struct ademamix_restraint *r);

  /// Decodes the first `count` elements of a block.
  void (*load)(size_t count, ademamix_quantized_moment moment, float *elements);

  /// Encodes the elements of a block.
  void (*store)(size_t count, const float *elements, ademamix_rounding rounding,
                ademamix_quantized_moment moment);

  /// Encodes the elements of a block, to the nearest.
  void (*store_nearest)(size_t count, const float *elements,
                        ademamix_quantized_moment moment);

  /// Adds to an average, `average <- average + gain * x`, so that many steps
  /// smaller than its last digit add up. `first` is the index of the first
  /// element, `step` the number of steps before.
  void (*add_rounded)(size_t count, double gain, const float *x, uint32_t first,
                      uint32_t step, float *average);

  /// Converts bfloat16 to single precision.
  void (*widen)(size_t count, const uint16_t *narrow, float *wide);

  /// Converts single precision to bfloat16, to the nearest, ties to even.
  void (*narrow)(size_t count, const float *wide, uint16_t *narrow);

  /// Returns whether all elements in bfloat16 are finite.
  bool (*bfloat16_are_finite)(size_t count, const void *x);

  /// Returns whether all maxima of blocks are finite and not negative: whether
  /// all elements of those blocks are finite.
  bool (*maxima_are_finite)(size_t count, const void *maxima);
} ademamix_quantized_kernels;

/// The kernels of quantized moments. An instruction set that they are not
/// compiled for stands for the baseline.
const ademamix_quantized_kernels *
ademamix_kernels_quantized(int instruction_set);

#pragma clang assume_nonnull end

#endif
