//===--- step_checks.h - a step against its equations -*- C -*-------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// Include with SCALAR and SUFFIX defined.
//
//===----------------------------------------------------------------------===//

#include "checks.h"
#include "names.h"

#pragma STDC FP_CONTRACT OFF

typedef struct {
  SCALAR *theta, *g, *m1, *m2, *nu;
} streams;

static streams made(size_t count, input_kind kind, bool has_fast) {
  return (streams){
      NAME(numbers)(1, count, USUAL, false),
      NAME(numbers)(2, count, kind, false),
      has_fast ? NAME(numbers)(3, count, kind, false) : NULL,
      NAME(numbers)(4, count, kind, false),
      NAME(numbers)(5, count, kind, true),
  };
}

static void plain(size_t count, streams s, const ademamix_coefficients *c) {
  for (size_t i = 0; i < count; ++i) {
    SCALAR g = s.g[i], fast = g;
    if (s.m1) {
      fast = (SCALAR)c->fast_fold * s.m1[i] + (SCALAR)c->fast_gain * g;
      s.m1[i] = fast;
    }
    SCALAR slow = (SCALAR)c->slow_fold * s.m2[i] + (SCALAR)c->slow_gain * g;
    SCALAR second =
        (SCALAR)c->second_fold * s.nu[i] + (SCALAR)c->second_gain * (g * g);
    s.m2[i] = slow;
    s.nu[i] = second;
    SCALAR root = (SCALAR)sqrt((SCALAR)c->second_weight * second +
                               (SCALAR)c->epsilon_root);
    SCALAR direction =
        ((SCALAR)c->fast_weight * fast + (SCALAR)c->slow_weight * slow) /
        (root + (SCALAR)c->epsilon);
    s.theta[i] -= direction + (SCALAR)c->decay * s.theta[i];
  }
}

static void expect_same(size_t count, const char *what, const SCALAR *x,
                        const SCALAR *y) {
  for (size_t i = 0; i < count; ++i)
    expect(is_same(x[i], y[i]), "%s %zu is %a, not %a", what, i, x[i],
           y[i]);
}

static void expect_same_moments(size_t count, streams s, streams t) {
  if (s.m1)
    expect_same(count, "m1", s.m1, t.m1);
  expect_same(count, "m2", s.m2, t.m2);
  expect_same(count, "nu", s.nu, t.nu);
}

// A step in one pass, in stages, and in the part that follows the moments.
static void check_step(int set, size_t count, input_kind kind, bool has_fast,
                       const ademamix_coefficients *c) {
  begin(KERNEL("fused"), "%zu %s%s%s", count, kind_names[kind],
        has_fast ? " m1" : "", c->slow_fold == 1 ? "" : " folds");
  streams s = made(count, kind, has_fast), t = made(count, kind, has_fast);
  NAME(ademamix_fused)(set, count, s.theta, s.g, s.m1, s.m2, s.nu, c);
  plain(count, t, c);
  expect_same(count, "theta", s.theta, t.theta);
  expect_same_moments(count, s, t);

  streams u = made(count, kind, has_fast);
  SCALAR *direction = room(count, sizeof *direction);
  SCALAR *theta = copied(count, sizeof *theta, u.theta);
  NAME(ademamix_average)
  (set, count, 256, u.theta, u.g, u.m1, u.m2, u.nu, c);
  expect_same_moments(count, u, t);
  const SCALAR *fast = u.m1 ? u.m1 : u.g;
  NAME(ademamix_update)(set, count, 256, theta, fast, u.m2, u.nu, c);
  expect_same(count, "theta of update", theta, t.theta);
  NAME(ademamix_direction)(set, count, 256, fast, u.m2, u.nu, direction, c);
  NAME(ademamix_apply)(set, count, u.theta, direction, c->decay);
  expect_same(count, "theta of apply", u.theta, t.theta);

  SCALAR *squares = room(count, sizeof *squares);
  NAME(ademamix_square)(set, count, 256, u.g, u.theta, squares);
  for (size_t i = 0; i < count; ++i)
    expect(is_same(squares[i], u.g[i] * u.g[i]), "square %zu is %a", i,
           squares[i]);

  const SCALAR *outputs[] = {s.theta, s.m1,  s.m2,      s.nu,
                             theta,   u.theta, direction, squares};
  for (size_t k = 0; k < sizeof outputs / sizeof *outputs; ++k)
    if (outputs[k])
      NAME(take)(count, outputs[k]);
  end();
}

void NAME(check_steps)(int set) {
  for (int l = 0; l < LENGTH_COUNT; ++l)
    for (input_kind kind = USUAL; kind <= ZEROS; ++kind)
      for (int has_fast = 0; has_fast < 2; ++has_fast)
        for (int step = 0; step < 2; ++step)
          check_step(set, lengths[l], kind, has_fast, steps + step);
}
