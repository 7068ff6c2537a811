//===--- block_checks.c - a block, stored and loaded ----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "checks.h"

static void check_top(size_t count, const float *x, float top) {
  float largest = 0;
  bool finite = true;
  for (size_t i = 0; i < count; ++i) {
    finite &= isfinite(x[i]) != 0;
    if (isfinite(x[i]) && fabsf(x[i]) > largest)
      largest = fabsf(x[i]);
  }
  expect(is_same(top, finite ? largest : -largest), "top is %a, not %a",
         top, largest);
}

// Within half of the distance to the next code, and the last digits that a
// factor in single precision loses.
static void check_nearest(ademamix_stored moment, size_t i, float x, float y) {
  int code = code_at(moment, i);
  double top = moment.tops ? fabs(*moment.tops) : 1;
  double value = value_of(moment.format, top, code);
  expect(is_same(y, (float)value) ||
             fabs(y - value) <= 1e-6 * fabs(value) + 0x1p-149,
         "%zu of code %d is %a, not %a", i, code, y, value);
  double step = value_of(moment.format, top, abs(code) + 1) - fabs(value);
  double part = is_unsigned(moment.format) && code == 1 ? 1 : 0.51;
  expect(fabs(x - value) <= part * step, "%zu is %a, not %a", i, value,
         x);
}

static void check_nearest_block(int set, int format, size_t count,
                                const float *x) {
  ademamix_stored moment = stored(set, format, count, x);
  float *y = loaded(set, count, moment);
  take_stored(count, moment);
  take_f32(count, y);
  if (moment.tops)
    check_top(count, x, *moment.tops);
  for (size_t i = 0; i < count; ++i)
    if (!isfinite(x[i]))
      expect(is_same(y[i], moment.tops ? NAN : x[i]), "%zu is %a, not %a", i,
             y[i], x[i]);
    else if (format == ADEMAMIX_FLOAT32)
      expect(is_same(y[i], x[i]), "%zu is %a, not %a", i, y[i],
             x[i]);
    else
      check_nearest(moment, i, x[i], y[i]);
}

static ademamix_stored rounded(int set, int format, size_t count,
                               const float *x, uint64_t step) {
  ademamix_stored moment = stored(set, format, count, x);
  ademamix_store(set, count, x,
                 (ademamix_rounding){.seed = 5, .first = 512, .step = step},
                 moment);
  return moment;
}

static void check_rounded_block(int set, int format, size_t count,
                                const float *x) {
  float *finite = copied(count, sizeof *x, x);
  for (size_t i = 0; i < count; ++i)
    finite[i] = isfinite(x[i]) ? x[i] : 0;
  for (uint64_t step = 0; step < 4; ++step) {
    ademamix_stored moment = rounded(set, format, count, x, step);
    float *y = loaded(set, count, moment);
    float *other =
        loaded(set, count, rounded(set, format, count, finite, step));
    take_stored(count, moment);
    for (size_t i = 0; i < count; ++i) {
      if (isfinite(x[i]))
        expect(is_same(y[i], other[i]),
               "%zu is %a, but %a where no element is infinite", i,
               y[i], other[i]);
      else
        expect(!isfinite(y[i]), "%zu is %a, not %a", i, y[i],
               x[i]);
      if (is_unsigned(format) && x[i] > 0)
        expect(code_at(moment, i) > 0, "%zu is 0, not %a", i, x[i]);
    }
  }
}

void check_blocks(int set) {
  for (int format = 0; format < FORMAT_COUNT; ++format)
    for (int l = 0; lengths[l] <= ADEMAMIX_BLOCK_LENGTH; ++l)
      for (input_kind kind = USUAL; kind <= ZEROS; ++kind) {
        begin("load, store, store_nearest", "%s %zu %s", format_names[format],
              lengths[l], kind_names[kind]);
        float *x = numbers_f32(81, lengths[l], kind, is_unsigned(format));
        check_nearest_block(set, format, lengths[l], x);
        check_rounded_block(set, format, lengths[l], x);
        end();
      }
}
