//===--- inputs.c - the numbers that kernels are given --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "checks.h"

const ademamix_coefficients steps[2] = {
    {.fast_fold = 1,
     .slow_fold = 1,
     .second_fold = 1,
     .fast_gain = 0.1524157902758726,
     .slow_gain = 0.0001000300060012,
     .second_gain = 0.0010030060100150,
     .fast_weight = 0.0013131,
     .slow_weight = 0.0049985,
     .second_weight = 1.9034,
     .epsilon = 1e-8,
     .epsilon_root = 0,
     .decay = 1e-5,
     .limit = 0x1p58},
    {.fast_fold = 0.0581497370030401,
     .slow_fold = 0.0624976563,
     .second_fold = 0.0624812,
     .fast_gain = 0.1,
     .slow_gain = 0.0001,
     .second_gain = 0.001,
     .fast_weight = 0.0010312,
     .slow_weight = 0.0037,
     .second_weight = 1.000017,
     .epsilon = 1e-10,
     .epsilon_root = 1e-12,
     .decay = 0,
     .limit = 0x1.8p57},
};

// SplitMix64 (Steele, Lea and Flood, 2014).
static uint64_t hash(uint64_t seed, size_t i) {
  uint64_t z = (seed << 32) + (i + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// A magnitude that is spread evenly in its logarithm, of 24 binary digits.
static double number(uint64_t bits, input_kind kind) {
  if (kind == ZEROS)
    return 0;
  double significand = 1 + (double)(bits >> 41) * 0x1p-23;
  int exponent = -(int)(bits >> 8 & 0xff) % 21;
  double x = ldexp(significand, exponent - (kind == TINY ? 120 : 0));
  return bits & 1 ? -x : x;
}

#define DEFINE_NUMBERS(SCALAR, SUFFIX, LARGEST, SMALLEST)                      \
  SCALAR *numbers_##SUFFIX(uint64_t seed, size_t count, input_kind kind,       \
                           bool positive) {                                    \
    static const SCALAR wild[8] = {NAN,  INFINITY, -INFINITY, 0,               \
                                   -0.0, LARGEST,  -LARGEST,  SMALLEST};       \
    SCALAR *x = room(count, sizeof *x);                                        \
    for (size_t i = 0; i < count; ++i) {                                       \
      uint64_t bits = hash(seed, i);                                           \
      x[i] = (SCALAR)number(bits, kind);                                       \
      if (kind == WILD && (bits >> 16 & 7) == 0)                               \
        x[i] = wild[bits >> 19 & 7];                                           \
      if (positive && x[i] <= 0)                                               \
        x[i] = x[i] == 0 ? 0 : -x[i];                                          \
    }                                                                          \
    return x;                                                                  \
  }

DEFINE_NUMBERS(float, f32, FLT_MAX, 0x1p-149f)
DEFINE_NUMBERS(double, f64, DBL_MAX, 0x1p-1074)

double bounded(double x, double bound) {
  return isfinite(x) && fabs(x) > bound ? copysign(bound, x) : x;
}

bool is_same(double x, double y) {
  return x == y ? signbit(x) == signbit(y) : isnan(x) && isnan(y);
}
