//===--- storage.h - moments in fewer bits -*- C -*------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// Moments that are stored in 8 or 16 bits an element, in blocks. A block is a
// tile of 256 elements; the last of a tensor may be shorter. Arithmetic is that
// of single precision, on elements in registers or the first-level cache.
//
//===----------------------------------------------------------------------===//

#ifndef ADEMAMIX_STORAGE_H
#define ADEMAMIX_STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADEMAMIX_BLOCK_LENGTH = 256 };

/// What an element x is stored as. The codes c of the last four go with the
/// largest magnitude of their block, `top`, and keep one value for what is not
/// finite; such elements are NaN afterwards, and have no part in `top`.
enum {
  /// x itself, in single precision.
  ADEMAMIX_FLOAT32 = 0,
  /// The upper half of x.
  ADEMAMIX_BFLOAT16 = 1,
  /// x = top * c/32766.
  ADEMAMIX_INT16 = 2,
  /// x = top * c|c|/126^2.
  ADEMAMIX_INT8 = 3,
  /// x = top * (q(c) - 1)/(q(65533) - 1), at least 0, q(c) being the number from
  /// 1 to 2^32 with the 5 + 11 upper bits c of exponent and fraction.
  ADEMAMIX_UINT16 = 4,
  /// x = top * (p(c + 1) - 1)/(p(254) - 1), at least 0, p being the fourth power
  /// at powers of two^(1/4), and linear between.
  ADEMAMIX_UINT8 = 5,
};

/// The bytes of an element.
static inline size_t ademamix_width(int format) {
  switch (format) {
  case ADEMAMIX_FLOAT32: return 4;
  case ADEMAMIX_INT8:
  case ADEMAMIX_UINT8: return 1;
  default: return 2;
  }
}

/// Whether elements go with the largest of their block.
static inline bool ademamix_has_tops(int format) {
  return format >= ADEMAMIX_INT16;
}

/// A moment, or the part of it from the start of a block on.
typedef struct {
  void *elements;
  /// The largest magnitude of each block, negative where an element of the block
  /// is not finite. Only for the last four codes.
  float *tops;
  int format;
} ademamix_stored;

/// The same moment from another of its elements on, which begins a block.
static inline ademamix_stored ademamix_stored_at(ademamix_stored moment,
                                                 size_t start) {
  if (moment.elements)
    moment.elements =
        (char *)moment.elements + start * ademamix_width(moment.format);
  if (moment.tops)
    moment.tops += start / ADEMAMIX_BLOCK_LENGTH;
  return moment;
}

/// What decides how the elements of a run are rounded: nothing else does, so
/// that neither threads nor shards nor an interruption change it.
typedef struct {
  uint64_t seed;
  /// The index of the run's first element among all parameters.
  uint64_t first;
  /// The steps completed.
  uint64_t step;
} ademamix_rounding;

/// Where the elements of a run lie.
typedef struct {
  float *theta;
  /// In one of two forms; the other is NULL.
  const float *gradients;
  const uint16_t *narrow_gradients;
  /// The upper halves of theta, rounded to the nearest, or NULL.
  uint16_t *narrow_theta;
  /// `fast.elements` is NULL where beta1 is 0.
  ademamix_stored fast, slow, second;
} ademamix_stored_run;

struct ademamix_coefficients;

/// `fused`, on moments that are stored. A code is rounded up with a probability
/// that is the part it is above the lower one, so that what steps add up is right
/// on average: to the digits of arithmetic where codes are linear, to a quarter of
/// the square of the smallest code where they are quadratic. Parameters move by
/// what the moments were before they are rounded.
void ademamix_fused_stored(int instruction_set, size_t count,
                           const ademamix_stored_run *run,
                           ademamix_rounding rounding,
                           const struct ademamix_coefficients *coefficients);

/// The elements of a block, or of its beginning, in single precision.
void ademamix_load(int instruction_set, size_t count, ademamix_stored moment,
                   float *elements);

/// Stores what `load` gives.
void ademamix_store(int instruction_set, size_t count, const float *elements,
                    ademamix_rounding rounding, ademamix_stored moment);

/// Stores the nearest of what `load` can give.
void ademamix_store_nearest(int instruction_set, size_t count,
                            const float *elements, ademamix_stored moment);

/// bfloat16 to single precision and back, to the nearest, ties to even.
void ademamix_widen(int instruction_set, size_t count, const uint16_t *narrow,
                    float *wide);
void ademamix_narrow(int instruction_set, size_t count, const float *wide,
                     uint16_t *narrow);

#endif
