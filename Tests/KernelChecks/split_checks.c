//===--- split_checks.c - weights in two parts ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "checks.h"

enum { NO_FAST = -1 };

static const ademamix_rounding start = {.seed = 7, .first = 1000, .step = 90};

// Weights in two parts, and in one.
typedef struct {
  uint16_t *weights;
  char *corrections;
  float *whole;
} parts;

static parts made_weights(size_t bytes, size_t count, input_kind kind) {
  parts p = {
      .weights = room(count, sizeof *p.weights),
      .corrections = room(count, bytes),
      .whole = room(count, sizeof *p.whole),
  };
  const float *x = numbers_f32(51, count, kind, false);
  kernels_quantized->split_nearest(count, bytes, x, p.weights, p.corrections);
  kernels_quantized->join(count, bytes, p.weights, p.corrections, p.whole);
  for (size_t i = 0; i < count; ++i) {
    if (bytes == 2 || !isfinite(x[i]))
      expect(is_same(p.whole[i], x[i]), "joined %zu is %a, not %a", i,
             p.whole[i], x[i]);
    else if (fabsf(x[i]) >= 0x1p-100f && fabsf(x[i]) < 0x1p127f)
      expect(fabsf(p.whole[i] - x[i]) <= 0x1p-16f * fabsf(x[i]),
             "joined %zu is %a, far from %a", i, p.whole[i], x[i]);
  }
  return p;
}

static ademamix_quantized_operands made(const int formats[3], size_t count,
                                        input_kind kind, const float *g,
                                        bool is_narrow) {
  ademamix_quantized_operands run = {
      .slow = quantized(formats[1], count, numbers_f32(33, count, kind, false)),
      .second =
          quantized(formats[2], count, numbers_f32(34, count, kind, true)),
  };
  if (formats[0] != NO_FAST)
    run.fast =
        quantized(formats[0], count, numbers_f32(32, count, kind, false));
  if (is_narrow) {
    uint16_t *narrow = room(count, sizeof *narrow);
    kernels_quantized->narrow(count, g, narrow);
    run.bfloat16_gradients = narrow;
  } else {
    run.gradients = copied(count, sizeof *g, g);
  }
  return run;
}

// A step on weights in two parts is a step on whole ones, which are split.
static void check_run(const int formats[3], size_t bytes, size_t count,
                      input_kind kind, bool is_narrow,
                      const ademamix_coefficients *c) {
  begin("fused, split", "%s %s %s %zu bytes %zu %s%s%s",
        formats[0] == NO_FAST ? "none" : format_names[formats[0]],
        format_names[formats[1]], format_names[formats[2]], bytes, count,
        kind_names[kind], is_narrow ? " narrow gradients" : "",
        c->slow_fold == 1 ? "" : " folds");
  const float *g = numbers_f32(40, count, kind, false);
  parts p = made_weights(bytes, count, kind);
  ademamix_quantized_operands run = made(formats, count, kind, g, is_narrow);
  ademamix_quantized_operands whole = made(formats, count, kind, g, is_narrow);
  run.weights = p.weights;
  run.corrections = p.corrections;
  run.correction_bytes = bytes;
  whole.theta = p.whole;
  kernels_quantized->fused(count, &run, start, c);
  kernels_quantized->fused(count, &whole, start, c);
  uint16_t *weights = room(count, sizeof *weights);
  char *corrections = room(count, bytes);
  for (size_t i = 0; i < count; i += ADEMAMIX_BLOCK_LENGTH) {
    size_t length =
        count - i < ADEMAMIX_BLOCK_LENGTH ? count - i : ADEMAMIX_BLOCK_LENGTH;
    ademamix_rounding rounding = start;
    rounding.first += i;
    kernels_quantized->split(length, bytes, p.whole + i, rounding, weights + i,
                             corrections + bytes * i);
  }
  for (size_t i = 0; i < count; ++i)
    expect(p.weights[i] == weights[i] &&
               memcmp(p.corrections + bytes * i, corrections + bytes * i,
                      bytes) == 0,
           "weight %zu", i);
  if (run.fast.elements)
    expect(is_same_quantized(count, run.fast, whole.fast), "m1");
  expect(is_same_quantized(count, run.slow, whole.slow), "m2");
  expect(is_same_quantized(count, run.second, whole.second), "nu");
  take_bytes(count * sizeof *weights, p.weights);
  take_bytes(count * bytes, p.corrections);
  take_quantized(count, run.slow);
  end();
}

void check_split(void) {
  // The first three have loops of their own.
  static const int formats[][3] = {
      {ADEMAMIX_BFLOAT16, ADEMAMIX_SIGNED_FLOAT16, ADEMAMIX_UINT16},
      {ADEMAMIX_SIGNED_FLOAT8, ADEMAMIX_SIGNED_FLOAT16,
       ADEMAMIX_UNSIGNED_FLOAT8},
      {ADEMAMIX_FLOAT32, ADEMAMIX_FLOAT32, ADEMAMIX_FLOAT32},
      {NO_FAST, ADEMAMIX_SIGNED_FLOAT16, ADEMAMIX_UINT16},
      {ADEMAMIX_INT8, ADEMAMIX_INT16, ADEMAMIX_UINT8},
  };
  for (size_t f = 0; f < sizeof formats / sizeof *formats; ++f)
    for (int flags = 0; flags < 8; ++flags)
      for (int l = 0; l < LENGTH_COUNT; ++l)
        for (input_kind kind = USUAL; kind <= ZEROS; ++kind)
          check_run(formats[f], 1 + (flags & 1), lengths[l], kind, flags & 2,
                    steps + (flags >> 2));
}
