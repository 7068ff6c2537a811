//===--- option_checks.h - the stages of a step with options -*- C -*------===//
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

// `is_near` within the rounding of sums of so many elements.
static bool is_near(double x, double y, double part) {
  return is_same(x, y) || fabs(x - y) <= part * fabs(y);
}

static double accumulated(const SCALAR *sum, const SCALAR *residue, size_t i) {
  return (sum ? (double)sum[i] : 0) + (residue ? (double)residue[i] : 0);
}

// The sum and residue are NULL, or the residue is, or neither.
static void check_intake(int set, size_t count, input_kind kind, int given) {
  static const ademamix_treatment treatments[] = {
      {1, 1, 1, INFINITY, false, false},
      {0.25, 4, 1.5, 0.01, false, false},
      {0.25, 1e30, 0.3, 2, true, false},
      {1, 1, 0.1, 0.05, true, true},
  };
  begin(KERNEL("square_sum, treat"), "%zu %s%s", count, kind_names[kind],
        given == 0 ? "" : given == 1 ? " sum" : " sum residue");
  SCALAR *g = NAME(numbers)(11, count, kind, false);
  SCALAR *sum = given > 0 ? NAME(numbers)(12, count, kind, false) : NULL;
  SCALAR *residue = given > 1 ? NAME(numbers)(13, count, TINY, false) : NULL;
  double squares = NAME(ademamix_square_sum)(set, count, 256, g, sum, residue,
                                             0.5);
  take_f64(1, &squares);
  double plain = 0;
  for (size_t i = 0; i < count; ++i) {
    double x = sum ? accumulated(sum, residue, i) + 0.5 * g[i] : g[i];
    plain += x * x;
  }
  expect(is_near(squares, plain, 1e-13), "square_sum is %a, not %a", squares,
         plain);

  for (size_t k = 0; k < sizeof treatments / sizeof *treatments; ++k) {
    ademamix_treatment t = treatments[k];
    SCALAR *treated = room(count, sizeof *treated);
    NAME(ademamix_treat)(set, count, 256, g, sum, residue, &t, treated);
    NAME(take)(count, treated);
    for (size_t i = 0; i < count; ++i) {
      double before = accumulated(sum, residue, i);
      double added = t.scale * g[i];
      if (t.zeroes && !isfinite((SCALAR)(t.mean * (before + added))))
        added = 0;
      double x = t.factor * (t.alone ? added : before + added);
      x = x > t.limit ? t.limit : x < -t.limit ? -t.limit : x;
      expect(is_same(treated[i], (SCALAR)x), "treated %zu is %a, not %a", i,
             treated[i], x);
    }
  }
  end();
}

static void check_accumulation(int set, size_t count, input_kind kind) {
  begin(KERNEL("accumulate"), "%zu %s", count, kind_names[kind]);
  SCALAR *sum = NAME(numbers)(21, count, ZEROS, false);
  SCALAR *residue = copied(count, sizeof *residue, sum);
  double *plain = numbers_f64(21, count, ZEROS, false);
  for (uint64_t k = 0; k < 20; ++k) {
    SCALAR *g = NAME(numbers)(22 + k, count, kind, false);
    NAME(ademamix_accumulate)(set, count, 256, 0.5, g, sum, residue);
    for (size_t i = 0; i < count; ++i)
      plain[i] += 0.5 * g[i];
  }
  for (size_t i = 0; i < count && kind == USUAL; ++i)
    expect(fabs((double)sum[i] + (double)residue[i] - plain[i]) < 1e-12,
           "sum %zu is %a + %a, not %a", i, sum[i], residue[i],
           plain[i]);
  NAME(take)(count, sum);
  NAME(take)(count, residue);
  end();
}

static void check_direction(int set, size_t count, input_kind kind) {
  begin(KERNEL("agreement, mask, excess"), "%zu %s", count, kind_names[kind]);
  SCALAR *direction = NAME(numbers)(51, count, kind, false);
  SCALAR *g = NAME(numbers)(52, count, kind, false);
  SCALAR *nu = NAME(numbers)(53, count, kind, true);
  size_t agreeing = NAME(ademamix_agreement)(set, count, direction, g);
  SCALAR *masked = copied(count, sizeof *masked, direction);
  NAME(ademamix_mask)(set, count, masked, g);
  size_t plain = 0;
  for (size_t i = 0; i < count; ++i) {
    bool agrees =
        (direction[i] > 0 && g[i] > 0) || (direction[i] < 0 && g[i] < 0);
    plain += agrees;
    expect(is_same(masked[i], agrees ? direction[i] : 0), "masked %zu is %a", i,
           masked[i]);
  }
  expect(agreeing == plain, "%zu agree, not %zu", agreeing, plain);
  NAME(take)(count, masked);
  for (int step = 0; step < 2; ++step) {
    const ademamix_coefficients *c = steps + step;
    double excess = NAME(ademamix_excess)(set, count, g, 0.7, nu, c), sum = 0;
    for (size_t i = 0; i < count; ++i) {
      double x = 0.7 * g[i];
      double floor = c->epsilon * c->epsilon;
      double second = c->second_weight * nu[i] + c->epsilon_root;
      x = x * x / (second > floor ? second : floor);
      sum += isfinite(x) ? x : 0;
    }
    take_f64(1, &excess);
    expect(is_near(excess, sum, 1e-13), "excess is %a, not %a", excess, sum);
  }
  end();
}

static void check_measurement(int set, size_t count, input_kind kind) {
  begin(KERNEL("measure"), "%zu %s", count, kind_names[kind]);
  SCALAR *x[5];
  for (uint64_t k = 0; k < 5; ++k)
    x[k] = NAME(numbers)(61 + k, count, kind, k == 3);
  ademamix_measurement measurement = {0};
  // Twice, since it adds to what there is.
  for (int twice = 0; twice < 2; ++twice)
    NAME(ademamix_measure)
  (set, count, x[0], x[1], x[2], x[3], x[4], &measurement);
  ademamix_totals totals = ademamix_total(&measurement);
  const double all[6] = {totals.gradient, totals.fast,      totals.slow,
                         totals.second,   totals.direction, totals.fast_slow};
  for (int k = 0; k < 6 && kind == USUAL; ++k) {
    double sum = 0, magnitude = 0;
    for (size_t i = 0; i < count; ++i) {
      double product =
          (double)x[k < 5 ? k : 1][i] * (double)x[k < 5 ? k : 2][i];
      sum += 2 * product;
      magnitude += 2 * fabs(product);
    }
    expect(fabs(all[k] - sum) <= 64 * EPSILON * magnitude,
           "sum %d is %a, not %a", k, all[k], sum);
  }
  take_f64(6, all);
  end();
}

static void check_negative(size_t count) {
  begin(KERNEL("first_negative"), "%zu", count);
  SCALAR *x = NAME(numbers)(71, count, WILD, true);
  size_t found = NAME(ademamix_first_negative)(count, x);
  expect(found == count, "%zu is none", found);
  for (size_t at = 0; at < count; at += 1 + count / 7) {
    x[at] = x[count - 1] = -SMALLEST;
    found = NAME(ademamix_first_negative)(count, x);
    expect(found == at, "%zu is not the first, %zu is", found, at);
    x[at] = -0.0;
  }
  end();
}

void NAME(check_options)(int set) {
  for (int l = 0; l < LENGTH_COUNT; ++l) {
    for (input_kind kind = USUAL; kind <= ZEROS; ++kind) {
      for (int given = 0; given < 3; ++given)
        check_intake(set, lengths[l], kind, given);
      check_accumulation(set, lengths[l], kind);
      check_direction(set, lengths[l], kind);
      check_measurement(set, lengths[l], kind);
    }
    // Searched in blocks of 1024.
    check_negative(lengths[l]);
    check_negative(4 * lengths[l] + 1);
  }
}
