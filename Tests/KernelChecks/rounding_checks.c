//===--- rounding_checks.c - what many roundings come to ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "checks.h"

enum { STEPS = 2048, COUNT = ADEMAMIX_BLOCK_LENGTH };

// How far the mean may be off, for one between two codes: a part of their
// distance, as so many roundings leave, and what uneven distances add.
static double allowance(int format, double maximum, int lower) {
  double a = value_of(format, maximum, lower),
         b = value_of(format, maximum, lower + 1);
  double before =
      lower > 0 ? value_of(format, maximum, lower - 1) : a - (b - a);
  double after = value_of(format, maximum, lower + 2);
  double bend = fmax(fabs(after - 2 * b + a), fabs(b - 2 * a + before));
  // A number above 0 does not become 0.
  if (is_unsigned(format) && lower < 2)
    return value_of(format, maximum, 2);
  return (b - a) / 100 + bend / 4;
}

static void check_mean(int format, input_kind kind) {
  begin("store", "%s %s, mean of %d", format_names[format], kind_names[kind],
        STEPS);
  const float *x = numbers_f32(91, COUNT, kind, is_unsigned(format));
  ademamix_quantized_moment moment = quantized(format, COUNT, x);
  float *y = room(COUNT, sizeof *y);
  double sums[COUNT] = {0};
  int lowest[COUNT], highest[COUNT];
  for (int i = 0; i < COUNT; ++i) {
    lowest[i] = INT32_MAX;
    highest[i] = 0;
  }
  for (uint64_t step = 0; step < STEPS; ++step) {
    kernels_quantized->store(
        COUNT, x, (ademamix_rounding){.seed = 1, .first = 0, .step = step},
        moment);
    kernels_quantized->load(COUNT, moment, y);
    for (size_t i = 0; i < COUNT; ++i) {
      int code = abs(code_at(moment, i));
      lowest[i] = code < lowest[i] ? code : lowest[i];
      highest[i] = code > highest[i] ? code : highest[i];
      sums[i] += y[i];
    }
  }
  double maximum = moment.maxima ? *moment.maxima : 1;
  for (int i = 0; i < COUNT; ++i) {
    double mean = sums[i] / STEPS;
    expect(highest[i] - lowest[i] <= 1, "%d has codes from %d to %d", i,
           lowest[i], highest[i]);
    expect(fabs(mean - x[i]) <= allowance(format, maximum, lowest[i]) +
                                    1e-6 * fabs(x[i]) + 0x1p-149,
           "mean %d is %a, not %a", i, mean, x[i]);
  }
  take_f64(COUNT, sums);
  end();
}

// Steps of a fifth of the last digit of what they are added to.
static void check_small_steps(size_t count, input_kind kind) {
  begin("add_rounded", "%zu %s", count, kind_names[kind]);
  float *average = numbers_f32(92, count, kind, false);
  float *x = copied(count, sizeof *x, average);
  const float *start = copied(count, sizeof *x, average);
  double gain = 0x1p-24 / 5;
  for (uint32_t step = 0; step < STEPS; ++step)
    kernels_quantized->add_rounded(count, gain, x, 77, step, average);
  for (size_t i = 0; i < count && kind == USUAL; ++i) {
    double exact = start[i] * (1 + STEPS * gain);
    expect(fabs(average[i] - exact) <= 8 * FLT_EPSILON * fabs(exact),
           "average %zu is %a, not %a", i, average[i], exact);
  }
  // The largest may overflow.
  for (size_t i = 0; i < count; ++i)
    if (fabsf(start[i]) != FLT_MAX)
      expect(isfinite(average[i]) == isfinite(start[i]) &&
                 isnan(average[i]) == isnan(start[i]),
             "average %zu is %a, from %a", i, average[i], start[i]);
  take_f32(count, average);
  end();
}

void check_rounding(void) {
  for (int l = 0; l < LENGTH_COUNT; ++l)
    for (input_kind kind = USUAL; kind <= ZEROS; ++kind)
      check_small_steps(lengths[l], kind);
  for (int format = ADEMAMIX_BFLOAT16; format < FORMAT_COUNT; ++format) {
    check_mean(format, USUAL);
    check_mean(format, TINY);
  }
}
