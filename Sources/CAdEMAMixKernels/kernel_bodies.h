//===--- kernel_bodies.h - one body for every instruction set -*- C -*-----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// The loops, compiled once for each scalar type and instruction set, with
// SCALAR, NAME(function) and TARGET defined.
//
//===----------------------------------------------------------------------===//

// Contraction to a fused multiply-add would give processors that have one
// other bits than those that have not.
#pragma STDC FP_CONTRACT OFF

// The fused loop fetches this many bytes ahead. 1 to 4 KiB measure alike:
// less is late for memory, more is early for the first-level cache. Processors
// whose own prefetching suffices lose a few percent, others gain up to 20.
#define FUSED_AHEAD 2048

typedef struct {
  SCALAR fast_gain, slow_gain, second_gain;
  SCALAR fast_weight, slow_weight, second_weight;
  SCALAR epsilon, epsilon_root, decay;
} NAME(scalars);

INLINE NAME(scalars) NAME(narrowed)(const ademamix_coefficients *c) {
  return (NAME(scalars)){
      (SCALAR)c->fast_gain,   (SCALAR)c->slow_gain,   (SCALAR)c->second_gain,
      (SCALAR)c->fast_weight, (SCALAR)c->slow_weight, (SCALAR)c->second_weight,
      (SCALAR)c->epsilon,     (SCALAR)c->epsilon_root, (SCALAR)c->decay,
  };
}

INLINE void NAME(fold)(size_t count, SCALAR factor, SCALAR *moment) {
  if (factor != 1)
    for (size_t i = 0; i < count; ++i)
      moment[i] *= factor;
}

INLINE SCALAR NAME(direction_of)(SCALAR fast, SCALAR slow, SCALAR second,
                                 NAME(scalars) c) {
  SCALAR numerator = c.fast_weight * fast + c.slow_weight * slow;
  SCALAR root =
      __builtin_elementwise_sqrt(c.second_weight * second + c.epsilon_root);
  return numerator / (root + c.epsilon);
}

// The decay is added to the direction, not multiplied into theta: 1 - decay
// has lost most digits of a decay near 1e-6 in single precision.
INLINE SCALAR NAME(moved)(SCALAR theta, SCALAR direction, SCALAR decay) {
  return theta - (direction + decay * theta);
}

INLINE void NAME(fused_span)(size_t count, SCALAR *restrict theta,
                             const SCALAR *restrict g, SCALAR *restrict m1,
                             SCALAR *restrict m2, SCALAR *restrict nu,
                             bool has_fast, NAME(scalars) c) {
  for (size_t i = 0; i < count; ++i) {
    SCALAR fast = has_fast ? m1[i] + c.fast_gain * g[i] : g[i];
    SCALAR slow = m2[i] + c.slow_gain * g[i];
    SCALAR second = nu[i] + c.second_gain * (g[i] * g[i]);
    if (has_fast)
      m1[i] = fast;
    m2[i] = slow;
    nu[i] = second;
    theta[i] = NAME(moved)(
        theta[i], NAME(direction_of)(fast, slow, second, c), c.decay);
  }
}

// `has_fast` is a constant where this is called, so that each value of it gets
// a loop without the test.
INLINE void NAME(fused_loop)(size_t count, SCALAR *theta, const SCALAR *g,
                             SCALAR *m1, SCALAR *m2, SCALAR *nu, bool has_fast,
                             const ademamix_coefficients *coefficients) {
  NAME(scalars) c = NAME(narrowed)(coefficients);
  for (size_t i = 0; i < count; i += BLOCK) {
    size_t length = count - i < BLOCK ? count - i : BLOCK;
    SCALAR *fast = has_fast ? m1 + i : NULL;
    fetch_block(theta + i, FUSED_AHEAD);
    fetch_block(g + i, FUSED_AHEAD);
    if (has_fast) {
      fetch_block(m1 + i, FUSED_AHEAD);
      NAME(fold)(length, (SCALAR)coefficients->fast_fold, fast);
    }
    fetch_block(m2 + i, FUSED_AHEAD);
    NAME(fold)(length, (SCALAR)coefficients->slow_fold, m2 + i);
    fetch_block(nu + i, FUSED_AHEAD);
    NAME(fold)(length, (SCALAR)coefficients->second_fold, nu + i);
    if (length == BLOCK)
      NAME(fused_span)(BLOCK, theta + i, g + i, fast, m2 + i, nu + i, has_fast, c);
    else
      NAME(fused_span)(length, theta + i, g + i, fast, m2 + i, nu + i, has_fast, c);
  }
}

static TARGET void NAME(fused)(size_t count, SCALAR *theta, const SCALAR *g,
                               SCALAR *m1, SCALAR *m2, SCALAR *nu,
                               const ademamix_coefficients *coefficients) {
  if (m1)
    NAME(fused_loop)(count, theta, g, m1, m2, nu, true, coefficients);
  else
    NAME(fused_loop)(count, theta, g, NULL, m2, nu, false, coefficients);
}

INLINE void NAME(square_span)(size_t count, const SCALAR *restrict g,
                              SCALAR *restrict squares) {
  for (size_t i = 0; i < count; ++i)
    squares[i] = g[i] * g[i];
}

static TARGET void NAME(square)(size_t count, size_t ahead, const SCALAR *g,
                                const SCALAR *theta, SCALAR *squares) {
  for (size_t i = 0; i < count; i += BLOCK) {
    fetch_block(g + i, ahead * sizeof(SCALAR));
    fetch_block(theta + i, ahead * sizeof(SCALAR));
    if (count - i >= BLOCK)
      NAME(square_span)(BLOCK, g + i, squares + i);
    else
      NAME(square_span)(count - i, g + i, squares + i);
  }
}

INLINE void NAME(update_span)(size_t count, SCALAR *restrict theta,
                              const SCALAR *restrict fast,
                              const SCALAR *restrict slow,
                              const SCALAR *restrict second, NAME(scalars) c) {
  for (size_t i = 0; i < count; ++i)
    theta[i] = NAME(moved)(
        theta[i], NAME(direction_of)(fast[i], slow[i], second[i], c), c.decay);
}

static TARGET void NAME(update)(size_t count, size_t ahead, SCALAR *theta,
                                const SCALAR *fast, const SCALAR *slow,
                                const SCALAR *second,
                                const ademamix_coefficients *coefficients) {
  NAME(scalars) c = NAME(narrowed)(coefficients);
  for (size_t i = 0; i < count; i += BLOCK) {
    fetch_block(fast + i, ahead * sizeof(SCALAR));
    fetch_block(slow + i, ahead * sizeof(SCALAR));
    fetch_block(second + i, ahead * sizeof(SCALAR));
    if (count - i >= BLOCK)
      NAME(update_span)(BLOCK, theta + i, fast + i, slow + i, second + i, c);
    else
      NAME(update_span)(count - i, theta + i, fast + i, slow + i, second + i, c);
  }
}

#undef FUSED_AHEAD
