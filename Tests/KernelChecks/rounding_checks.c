//===--- rounding_checks.c - what many roundings come to ------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "checks.h"

enum { STEPS = 2048, COUNT = ADEMAMIX_BLOCK_LENGTH };

// How far the mean may be off, for one between two codes: a part of their
// distance, as so many roundings leave, and what uneven distances add.
static double allowance(int format, double top, int lower) {
  double a = value_of(format, top, lower), b = value_of(format, top, lower + 1);
  double before = lower > 0 ? value_of(format, top, lower - 1) : a - (b - a);
  double after = value_of(format, top, lower + 2);
  double bend = fmax(fabs(after - 2 * b + a), fabs(b - 2 * a + before));
  // What is above 0 does not become 0.
  if (is_unsigned(format) && lower < 2)
    return value_of(format, top, 2);
  return (b - a) / 100 + bend / 4;
}

static void check_mean(int set, int format, input_kind kind) {
  begin("store", "%s %s, mean of %d", format_names[format], kind_names[kind],
        STEPS);
  const float *x = numbers_f32(91, COUNT, kind, is_unsigned(format));
  ademamix_stored moment = stored(set, format, COUNT, x);
  float *y = room(COUNT, sizeof *y);
  double sums[COUNT] = {0};
  int lowest[COUNT], highest[COUNT];
  for (int i = 0; i < COUNT; ++i) {
    lowest[i] = INT32_MAX;
    highest[i] = 0;
  }
  for (uint64_t step = 0; step < STEPS; ++step) {
    ademamix_store(set, COUNT, x,
                   (ademamix_rounding){.seed = 1, .first = 0, .step = step},
                   moment);
    ademamix_load(set, COUNT, moment, y);
    for (size_t i = 0; i < COUNT; ++i) {
      int code = abs(code_at(moment, i));
      lowest[i] = code < lowest[i] ? code : lowest[i];
      highest[i] = code > highest[i] ? code : highest[i];
      sums[i] += y[i];
    }
  }
  double top = moment.tops ? *moment.tops : 1;
  for (int i = 0; i < COUNT; ++i) {
    double mean = sums[i] / STEPS;
    expect(highest[i] - lowest[i] <= 1, "%d has codes from %d to %d", i,
           lowest[i], highest[i]);
    expect(fabs(mean - x[i]) <=
               allowance(format, top, lowest[i]) + 1e-6 * fabs(x[i]) +
                   0x1p-149,
           "mean %d is %a, not %a", i, mean, x[i]);
  }
  take_f64(COUNT, sums);
  end();
}

void check_rounding(int set) {
  for (int format = ADEMAMIX_BFLOAT16; format < FORMAT_COUNT; ++format) {
    check_mean(set, format, USUAL);
    check_mean(set, format, TINY);
  }
}
