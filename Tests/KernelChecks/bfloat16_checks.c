//===--- bfloat16_checks.c - all bfloat16, and numbers between them -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "checks.h"

enum { ALL = 1 << 16 };

static float of_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// The halves above and below x, and the nearer one; where both are as near, the
// even one.
static uint16_t nearest(float x, uint32_t bits) {
  uint32_t lower = bits >> 16, upper = lower + 1;
  // From the largest to infinity is as far as to the next number.
  double below = of_bits(lower << 16);
  double above =
      (upper & 0x7fff) == 0x7f80 ? copysign(0x1p128, x) : of_bits(upper << 16);
  double down = fabs(x - below), up = fabs(above - x);
  if (isinf(x) || down < up)
    return (uint16_t)lower;
  return (uint16_t)(up < down || (lower & 1) ? upper : lower);
}

static void check_widening(void) {
  begin("widen", "all");
  uint16_t *halves = room(ALL, sizeof *halves);
  for (int i = 0; i < ALL; ++i)
    halves[i] = (uint16_t)i;
  float *wide = room(ALL, sizeof *wide);
  kernels_quantized->widen(ALL, halves, wide);
  uint16_t *back = room(ALL, sizeof *back);
  kernels_quantized->narrow(ALL, wide, back);
  for (uint32_t i = 0; i < ALL; ++i) {
    expect(is_same(wide[i], of_bits(i << 16)), "%x is %a", i, wide[i]);
    expect(isnan(wide[i]) ? (back[i] & 0x7fff) > 0x7f80 : back[i] == i,
           "%x comes back as %x", i, back[i]);
  }
  take_f32(ALL, wide);
  end();
}

// Each half with all that its lower half may decide.
static void check_narrowing(void) {
  static const uint32_t lowers[] = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff};
  for (size_t k = 0; k < sizeof lowers / sizeof *lowers; ++k) {
    begin("narrow", "all with %x below", lowers[k]);
    float *wide = room(ALL, sizeof *wide);
    for (uint32_t i = 0; i < ALL; ++i)
      wide[i] = of_bits(i << 16 | lowers[k]);
    uint16_t *narrow = room(ALL, sizeof *narrow);
    kernels_quantized->narrow(ALL, wide, narrow);
    for (uint32_t i = 0; i < ALL; ++i)
      if (isnan(wide[i]))
        expect((narrow[i] & 0x7fff) > 0x7f80, "NaN %x becomes %x",
               i << 16 | lowers[k], narrow[i]);
      else
        expect(narrow[i] == nearest(wide[i], i << 16 | lowers[k]),
               "%a becomes %x", wide[i], narrow[i]);
    take_bfloat16(ALL, narrow);
    ademamix_quantized_moment moment = quantized(ADEMAMIX_BFLOAT16, ALL, wide);
    const float *back = loaded(ALL, moment);
    for (uint32_t i = 0; i < ALL; ++i)
      expect(!isnan(wide[i]) || isnan(back[i]), "NaN %x is stored as %a",
             i << 16 | lowers[k], back[i]);
    end();
  }
}

// Each half alone, behind more zeros than a vector has.
static void check_finite(void) {
  begin("bfloat16_are_finite", "all");
  uint16_t x[40] = {0};
  for (int i = 0; i < ALL; ++i) {
    x[39] = (uint16_t)i;
    expect(kernels_quantized->bfloat16_are_finite(40, x) ==
               isfinite(of_bits((uint32_t)i << 16)),
           "%x", i);
  }
  end();
}

void check_bfloat16(void) {
  check_finite();
  check_widening();
  check_narrowing();
  // Lengths that are no multiple of a vector.
  for (int l = 0; l < LENGTH_COUNT; ++l) {
    begin("widen, narrow", "%zu", lengths[l]);
    float *wide = numbers_f32(15, lengths[l], WILD, false);
    uint16_t *narrow = room(lengths[l], sizeof *narrow);
    kernels_quantized->narrow(lengths[l], wide, narrow);
    kernels_quantized->widen(lengths[l], narrow, wide);
    take_bfloat16(lengths[l], narrow);
    take_f32(lengths[l], wide);
    end();
  }
}
