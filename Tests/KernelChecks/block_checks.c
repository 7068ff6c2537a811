//===--- block_checks.c - a block, stored and loaded ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "checks.h"

static void check_maximum(size_t count, const float *x, float maximum) {
  float largest = 0;
  bool finite = true;
  for (size_t i = 0; i < count; ++i) {
    finite &= isfinite(x[i]) != 0;
    if (isfinite(x[i]) && fabsf(x[i]) > largest)
      largest = fabsf(x[i]);
  }
  expect(is_same(maximum, finite ? largest : -largest),
         "the maximum is %a, not %a", maximum, largest);
}

// Within half of the distance to the next code, and the last digits that a
// factor in single precision loses.
static void check_nearest(ademamix_quantized_moment moment, size_t i, float x,
                          float y) {
  int code = code_at(moment, i);
  double maximum = moment.maxima ? fabs(*moment.maxima) : 1;
  double value = value_of(moment.format, maximum, code);
  expect(is_same(y, (float)value) ||
             fabs(y - value) <= 1e-6 * fabs(value) + 0x1p-149,
         "%zu of code %d is %a, not %a", i, code, y, value);
  double step = value_of(moment.format, maximum, abs(code) + 1) - fabs(value);
  double part = is_unsigned(moment.format) && code == 1 ? 1 : 0.51;
  expect(fabs(x - value) <= part * step, "%zu is %a, not %a", i, value, x);
}

static void check_nearest_block(int format, size_t count, const float *x) {
  ademamix_quantized_moment moment = quantized(format, count, x);
  float *y = loaded(count, moment);
  take_quantized(count, moment);
  take_f32(count, y);
  if (moment.maxima)
    check_maximum(count, x, *moment.maxima);
  for (size_t i = 0; i < count; ++i)
    if (!isfinite(x[i]))
      expect(is_same(y[i], moment.maxima ? NAN : x[i]), "%zu is %a, not %a", i,
             y[i], x[i]);
    else if (format == ADEMAMIX_FLOAT32)
      expect(is_same(y[i], x[i]), "%zu is %a, not %a", i, y[i], x[i]);
    else
      check_nearest(moment, i, x[i], y[i]);
}

static ademamix_quantized_moment rounded(int format, size_t count,
                                         const float *x, uint64_t step) {
  ademamix_quantized_moment moment = quantized(format, count, x);
  kernels_quantized->store(
      count, x, (ademamix_rounding){.seed = 5, .first = 512, .step = step},
      moment);
  return moment;
}

static void check_rounded_block(int format, size_t count, const float *x) {
  float *finite = copied(count, sizeof *x, x);
  for (size_t i = 0; i < count; ++i)
    finite[i] = isfinite(x[i]) ? x[i] : 0;
  for (uint64_t step = 0; step < 4; ++step) {
    ademamix_quantized_moment moment = rounded(format, count, x, step);
    float *y = loaded(count, moment);
    float *other = loaded(count, rounded(format, count, finite, step));
    take_quantized(count, moment);
    for (size_t i = 0; i < count; ++i) {
      if (isfinite(x[i]))
        expect(is_same(y[i], other[i]),
               "%zu is %a, but %a where no element is infinite", i, y[i],
               other[i]);
      else
        expect(!isfinite(y[i]), "%zu is %a, not %a", i, y[i], x[i]);
      if (is_unsigned(format) && x[i] > 0)
        expect(code_at(moment, i) > 0, "%zu is 0, not %a", i, x[i]);
    }
  }
}

static void check_finite_maxima(void) {
  begin("maxima_are_finite", "one of 40");
  static const float others[] = {FLT_MAX,   -FLT_MAX, INFINITY,
                                 -INFINITY, NAN,      -0.0f};
  for (int at = 0; at < 40; at += 13)
    for (int i = 0; i < 6; ++i) {
      float maxima[40] = {0};
      maxima[at] = others[i];
      expect(kernels_quantized->maxima_are_finite(40, maxima) == (i == 0),
             "%a at %d", others[i], at);
    }
  end();
}

void check_blocks(void) {
  check_finite_maxima();
  for (int format = 0; format < FORMAT_COUNT; ++format)
    for (int l = 0; lengths[l] <= ADEMAMIX_BLOCK_LENGTH; ++l)
      for (input_kind kind = USUAL; kind <= ZEROS; ++kind) {
        begin("load, store, store_nearest", "%s %zu %s", format_names[format],
              lengths[l], kind_names[kind]);
        float *x = numbers_f32(81, lengths[l], kind, is_unsigned(format));
        check_nearest_block(format, lengths[l], x);
        check_rounded_block(format, lengths[l], x);
        end();
      }
}
