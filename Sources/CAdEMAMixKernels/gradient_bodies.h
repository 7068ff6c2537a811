//===--- gradient_bodies.h - gradients, before they are taken in -*- C -*--===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// The stages of a step with options that look at gradients, accumulate them, and
// write them anew. Follows kernel_bodies.h.
//
// Sums are in double precision, in LANES partial sums that are added in a
// fixed order: the same bits for every instruction set. A product of two
// floats is exact in it, and cannot overflow.
//
//===----------------------------------------------------------------------===//

#define LANES 32

INLINE double NAME(total)(int count, const double *lanes) {
  double sums[LANES];
  for (int j = 0; j < count; ++j)
    sums[j] = lanes[j];
  for (int half = count / 2; half > 0; half /= 2)
    for (int j = 0; j < half; ++j)
      sums[j] += sums[j + half];
  return sums[0];
}

// What has accumulated of an element.
INLINE double NAME(accumulated)(const SCALAR *sum, const SCALAR *residue,
                                size_t i) {
  return residue ? (double)sum[i] + (double)residue[i] : (double)sum[i];
}

INLINE double NAME(taken_in)(const SCALAR *g, const SCALAR *sum,
                             const SCALAR *residue, double scale, size_t i) {
  double x = g[i];
  return sum ? NAME(accumulated)(sum, residue, i) + scale * x : x;
}

INLINE double NAME(square_sum_loop)(size_t count, size_t ahead, const SCALAR *g,
                                    const SCALAR *sum, const SCALAR *residue,
                                    double scale) {
  double lanes[LANES] = {0};
  size_t i = 0;
  for (; i + BLOCK <= count; i += BLOCK) {
    fetch_block(g + i, ahead * sizeof(SCALAR));
    if (sum)
      fetch_block(sum + i, ahead * sizeof(SCALAR));
    for (size_t k = i; k < i + BLOCK; k += LANES)
      for (int j = 0; j < LANES; ++j) {
        double x = NAME(taken_in)(g, sum, residue, scale, k + j);
        lanes[j] += x * x;
      }
  }
  for (int j = 0; i < count; ++i, j = (j + 1) % LANES) {
    double x = NAME(taken_in)(g, sum, residue, scale, i);
    lanes[j] += x * x;
  }
  return NAME(total)(LANES, lanes);
}

// Whether there are a sum and a residue is a constant in each loop, here and
// below: a vector load from NULL that is masked out takes hundreds of cycles on
// some processors.
static TARGET double NAME(square_sum)(size_t count, size_t ahead,
                                      const SCALAR *g, const SCALAR *sum,
                                      const SCALAR *residue, double scale) {
  if (!sum)
    return NAME(square_sum_loop)(count, ahead, g, NULL, NULL, 1);
  if (!residue)
    return NAME(square_sum_loop)(count, ahead, g, sum, NULL, scale);
  return NAME(square_sum_loop)(count, ahead, g, sum, residue, scale);
}

// The error of an addition is a number of its own (Knuth, The Art of Computer
// Programming, volume 2, section 4.2.2, theorem B): the residue keeps it.
static TARGET void NAME(accumulate)(size_t count, size_t ahead, double scale,
                                    const SCALAR *restrict g,
                                    SCALAR *restrict sum,
                                    SCALAR *restrict residue) {
  SCALAR narrow = (SCALAR)scale;
  for (size_t i = 0; i < count; i += BLOCK) {
    size_t length = count - i < BLOCK ? count - i : BLOCK;
    fetch_block(g + i, ahead * sizeof(SCALAR));
    fetch_block(sum + i, ahead * sizeof(SCALAR));
    fetch_block(residue + i, ahead * sizeof(SCALAR));
    for (size_t k = i; k < i + length; ++k) {
      SCALAR x = narrow * g[k];
      SCALAR total = sum[k] + x;
      SCALAR taken = total - sum[k];
      residue[k] += (sum[k] - (total - taken)) + (x - taken);
      sum[k] = total;
    }
  }
}

// Infinities and NaN minus themselves are NaN.
INLINE double NAME(finite_or_zero)(double x) { return x - x == 0 ? x : 0; }

INLINE void NAME(treat_loop)(size_t count, size_t ahead,
                             const SCALAR *restrict g,
                             const SCALAR *restrict sum,
                             const SCALAR *restrict residue, bool zeroes,
                             ademamix_treatment t, SCALAR *restrict treated) {
  for (size_t i = 0; i < count; i += BLOCK) {
    size_t length = count - i < BLOCK ? count - i : BLOCK;
    fetch_block(g + i, ahead * sizeof(SCALAR));
    if (sum)
      fetch_block(sum + i, ahead * sizeof(SCALAR));
    for (size_t k = i; k < i + length; ++k) {
      double before = sum ? NAME(accumulated)(sum, residue, k) : 0;
      double added = t.scale * (double)g[k];
      if (zeroes && !__builtin_isfinite((SCALAR)(t.mean * (before + added))))
        added = 0;
      double x = t.factor * (t.alone ? added : before + added);
      // Comparisons leave NaN as it is.
      x = x > t.limit ? t.limit : x;
      x = x < -t.limit ? -t.limit : x;
      treated[k] = (SCALAR)x;
    }
  }
}

INLINE void NAME(treat_sums)(size_t count, size_t ahead, const SCALAR *g,
                             const SCALAR *sum, const SCALAR *residue,
                             bool zeroes, ademamix_treatment t,
                             SCALAR *treated) {
  if (!sum)
    NAME(treat_loop)(count, ahead, g, NULL, NULL, zeroes, t, treated);
  else if (!residue)
    NAME(treat_loop)(count, ahead, g, sum, NULL, zeroes, t, treated);
  else
    NAME(treat_loop)(count, ahead, g, sum, residue, zeroes, t, treated);
}

static TARGET void NAME(treat)(size_t count, size_t ahead, const SCALAR *g,
                               const SCALAR *sum, const SCALAR *residue,
                               const ademamix_treatment *t, SCALAR *treated) {
  if (t->zeroes)
    NAME(treat_sums)(count, ahead, g, sum, residue, true, *t, treated);
  else
    NAME(treat_sums)(count, ahead, g, sum, residue, false, *t, treated);
}
