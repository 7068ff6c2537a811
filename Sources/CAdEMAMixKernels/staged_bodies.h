//===--- staged_bodies.h - a step in stages, tile by tile -*- C -*---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// The loops of a step with options: what `fused` does in one loop, one stage
// after the other on a tile that stays in the first-level cache, so that
// gradients can be treated before it and updates after. The stages compute
// what `fused` does, to the bit. Follows gradient_bodies.h.
//
//===----------------------------------------------------------------------===//

INLINE void NAME(averaged)(size_t count, const SCALAR *restrict g,
                           SCALAR *restrict m1, SCALAR *restrict m2,
                           SCALAR *restrict nu, bool has_fast,
                           NAME(scalars) c) {
  for (size_t i = 0; i < count; ++i) {
    if (has_fast)
      m1[i] = m1[i] + c.fast_gain * g[i];
    m2[i] = m2[i] + c.slow_gain * g[i];
    nu[i] = nu[i] + c.second_gain * (g[i] * g[i]);
  }
}

static TARGET void NAME(average)(size_t count, size_t ahead,
                                 const SCALAR *theta, const SCALAR *g,
                                 SCALAR *m1, SCALAR *m2, SCALAR *nu,
                                 const ademamix_coefficients *coefficients) {
  NAME(scalars) c = NAME(narrowed)(coefficients);
  for (size_t i = 0; i < count; i += BLOCK) {
    size_t length = count - i < BLOCK ? count - i : BLOCK;
    fetch_block(theta + i, ahead * sizeof(SCALAR));
    fetch_block(g + i, ahead * sizeof(SCALAR));
    NAME(fold)(length, (SCALAR)coefficients->slow_fold, m2 + i);
    NAME(fold)(length, (SCALAR)coefficients->second_fold, nu + i);
    if (m1) {
      NAME(fold)(length, (SCALAR)coefficients->fast_fold, m1 + i);
      NAME(averaged)(length, g + i, m1 + i, m2 + i, nu + i, true, c);
    } else {
      NAME(averaged)(length, g + i, NULL, m2 + i, nu + i, false, c);
    }
  }
}

static TARGET void NAME(direction)(size_t count, size_t ahead,
                                   const SCALAR *fast, const SCALAR *slow,
                                   const SCALAR *second, SCALAR *restrict out,
                                   const ademamix_coefficients *coefficients) {
  NAME(scalars) c = NAME(narrowed)(coefficients);
  for (size_t i = 0; i < count; i += BLOCK) {
    size_t length = count - i < BLOCK ? count - i : BLOCK;
    fetch_block(fast + i, ahead * sizeof(SCALAR));
    fetch_block(slow + i, ahead * sizeof(SCALAR));
    fetch_block(second + i, ahead * sizeof(SCALAR));
    for (size_t k = i; k < i + length; ++k)
      out[k] = NAME(direction_of)(fast[k], slow[k], second[k], c);
  }
}

static TARGET void NAME(apply)(size_t count, SCALAR *restrict theta,
                               const SCALAR *restrict direction, double decay) {
  SCALAR narrow = (SCALAR)decay;
  for (size_t i = 0; i < count; ++i)
    theta[i] = NAME(moved)(theta[i], direction[i], narrow);
}

// By sign, since a product of two small numbers may be 0.
INLINE bool NAME(agree)(SCALAR a, SCALAR b) {
  return ((a > 0) & (b > 0)) | ((a < 0) & (b < 0));
}

static TARGET size_t NAME(agreement)(size_t count, const SCALAR *direction,
                                     const SCALAR *g) {
  size_t agreeing = 0;
  for (size_t i = 0; i < count; ++i)
    agreeing += NAME(agree)(direction[i], g[i]);
  return agreeing;
}

static TARGET void NAME(mask)(size_t count, SCALAR *restrict direction,
                              const SCALAR *restrict g) {
  for (size_t i = 0; i < count; ++i)
    direction[i] = NAME(agree)(direction[i], g[i]) ? direction[i] : 0;
}

// An element that is not finite has no part in its tensor's mean.
INLINE double NAME(excess_of)(double x, double second,
                              const ademamix_coefficients *c, double least) {
  double nu = c->second_weight * second + c->epsilon_root;
  return NAME(finite_or_zero)(x * x / (nu > least ? nu : least));
}

static TARGET double NAME(excess)(size_t count, const SCALAR *g, double factor,
                                  const SCALAR *second,
                                  const ademamix_coefficients *coefficients) {
  ademamix_coefficients c = *coefficients;
  double lanes[LANES] = {0};
  double least = c.epsilon * c.epsilon;
  size_t i = 0;
  for (; i + LANES <= count; i += LANES)
    for (int j = 0; j < LANES; ++j)
      lanes[j] += NAME(excess_of)(factor * (double)g[i + j],
                                  (double)second[i + j], &c, least);
  for (int j = 0; i < count; ++i, ++j)
    lanes[j] +=
        NAME(excess_of)(factor * (double)g[i], (double)second[i], &c, least);
  return NAME(total)(LANES, lanes);
}

// Vectors in so many words: in loops the compiler kept these sums in memory.
typedef SCALAR NAME(lanes)
    __attribute__((vector_size(ADEMAMIX_LANES * sizeof(SCALAR)),
                   aligned(sizeof(SCALAR)), may_alias));
typedef double NAME(wide_lanes)
    __attribute__((vector_size(ADEMAMIX_LANES * sizeof(double)), aligned(8),
                   may_alias));

// A lane's products of one block are added in SCALAR, a handful: converting all
// of them would take as long as the step. The second moment has squares of
// squares, too small for that.
INLINE void NAME(measure_block)(const SCALAR *g, const SCALAR *fast,
                                const SCALAR *slow, const SCALAR *second,
                                const SCALAR *direction,
                                NAME(wide_lanes) sums[6]) {
  NAME(lanes) gg = {0}, ff = {0}, ss = {0}, dd = {0}, fs = {0};
  for (size_t i = 0; i < BLOCK; i += ADEMAMIX_LANES) {
    NAME(lanes) a = *(const NAME(lanes) *)(g + i);
    NAME(lanes) b = *(const NAME(lanes) *)(fast + i);
    NAME(lanes) c = *(const NAME(lanes) *)(slow + i);
    NAME(lanes) d = *(const NAME(lanes) *)(second + i);
    NAME(lanes) e = *(const NAME(lanes) *)(direction + i);
    NAME(wide_lanes) wide = __builtin_convertvector(d, NAME(wide_lanes));
    gg += a * a;
    ff += b * b;
    ss += c * c;
    sums[3] += wide * wide;
    dd += e * e;
    fs += b * c;
  }
  sums[0] += __builtin_convertvector(gg, NAME(wide_lanes));
  sums[1] += __builtin_convertvector(ff, NAME(wide_lanes));
  sums[2] += __builtin_convertvector(ss, NAME(wide_lanes));
  sums[4] += __builtin_convertvector(dd, NAME(wide_lanes));
  sums[5] += __builtin_convertvector(fs, NAME(wide_lanes));
}

static TARGET void NAME(measure)(size_t count, const SCALAR *g,
                                 const SCALAR *fast, const SCALAR *slow,
                                 const SCALAR *second, const SCALAR *direction,
                                 ademamix_measurement *measurement) {
  NAME(wide_lanes) sums[6];
  __builtin_memcpy(sums, measurement, sizeof sums);
  size_t i = 0;
  for (; i + BLOCK <= count; i += BLOCK)
    NAME(measure_block)(g + i, fast + i, slow + i, second + i, direction + i,
                        sums);
  if (i < count) {
    SCALAR rest[5][BLOCK] = {{0}};
    size_t size = (count - i) * sizeof(SCALAR);
    __builtin_memcpy(rest[0], g + i, size);
    __builtin_memcpy(rest[1], fast + i, size);
    __builtin_memcpy(rest[2], slow + i, size);
    __builtin_memcpy(rest[3], second + i, size);
    __builtin_memcpy(rest[4], direction + i, size);
    NAME(measure_block)(rest[0], rest[1], rest[2], rest[3], rest[4], sums);
  }
  __builtin_memcpy(measurement, sums, sizeof sums);
}

#undef LANES
