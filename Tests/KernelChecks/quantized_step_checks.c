//===--- quantized_step_checks.c - steps on quantized moments -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "checks.h"

enum { NO_FAST = -1 };

typedef struct {
  int fast, slow, second;
  bool bfloat16_gradients, bfloat16_theta;
} shape;

static const ademamix_rounding start = {.seed = 7, .first = 1000, .step = 90};

static ademamix_quantized_operands made(shape s, size_t count,
                                        input_kind kind) {
  ademamix_quantized_operands run = {
      .theta = numbers_f32(31, count, USUAL, false),
      .slow = quantized(s.slow, count, numbers_f32(33, count, kind, false)),
      .second = quantized(s.second, count, numbers_f32(34, count, kind, true)),
  };
  if (s.fast != NO_FAST)
    run.fast = quantized(s.fast, count, numbers_f32(32, count, kind, false));
  if (s.bfloat16_theta)
    run.bfloat16_theta = room(count, sizeof *run.bfloat16_theta);
  return run;
}

static void give(ademamix_quantized_operands *run, shape s, size_t count,
                 const float *g) {
  if (s.bfloat16_gradients) {
    uint16_t *narrow = room(count, sizeof *narrow);
    kernels_quantized->narrow(count, g, narrow);
    run->bfloat16_gradients = narrow;
  } else {
    run->gradients = copied(count, sizeof *g, g);
  }
}

// The same step, made of its parts.
static void step_in_parts(size_t count, const ademamix_quantized_operands *run,
                          ademamix_rounding rounding,
                          const ademamix_coefficients *c) {
  float g[ADEMAMIX_BLOCK_LENGTH], m[3][ADEMAMIX_BLOCK_LENGTH];
  for (size_t i = 0; i < count; i += ADEMAMIX_BLOCK_LENGTH) {
    size_t length =
        count - i < ADEMAMIX_BLOCK_LENGTH ? count - i : ADEMAMIX_BLOCK_LENGTH;
    ademamix_quantized_moment moments[3] = {ademamix_moment_at(run->fast, i),
                                            ademamix_moment_at(run->slow, i),
                                            ademamix_moment_at(run->second, i)};
    if (run->bfloat16_gradients)
      kernels_quantized->widen(length, run->bfloat16_gradients + i, g);
    else
      memcpy(g, run->gradients + i, length * sizeof *g);
    int first = run->fast.elements ? 0 : 1;
    for (int k = first; k < 3; ++k)
      kernels_quantized->load(length, moments[k], m[k]);
    kernels_f32->fused(length, run->theta + i, g, first ? NULL : m[0], m[1],
                       m[2], c);
    rounding.first = start.first + i;
    for (int k = first; k < 3; ++k)
      kernels_quantized->store(length, m[k], rounding, moments[k]);
    if (run->bfloat16_theta)
      kernels_quantized->narrow(length, run->theta + i,
                                run->bfloat16_theta + i);
  }
}

// A step on moments and with gradients of given kinds.
static void check_run(shape s, size_t count, input_kind kind,
                      input_kind gradients, const ademamix_coefficients *c) {
  begin("fused, quantized", "%s %s %s %zu %s%s%s%s%s",
        s.fast == NO_FAST ? "none" : format_names[s.fast], format_names[s.slow],
        format_names[s.second], count, kind_names[kind],
        s.bfloat16_gradients ? " narrow gradients" : "",
        s.bfloat16_theta ? " narrow parameters" : "",
        c->slow_fold == 1 ? "" : " folds",
        gradients == kind ? "" : " with wild gradients");
  ademamix_quantized_operands run = made(s, count, kind);
  ademamix_quantized_operands parts = made(s, count, kind);
  ademamix_rounding rounding = start;
  for (uint64_t step = 0; step < 3; ++step, ++rounding.step) {
    const float *g = numbers_f32(40 + step, count, gradients, false);
    give(&run, s, count, g);
    give(&parts, s, count, g);
    kernels_quantized->fused(count, &run, rounding, c);
    step_in_parts(count, &parts, rounding, c);
    for (size_t i = 0; i < count; ++i)
      expect(is_same(run.theta[i], parts.theta[i]), "theta %zu is %a, not %a",
             i, run.theta[i], parts.theta[i]);
    if (run.fast.elements)
      expect(is_same_quantized(count, run.fast, parts.fast), "m1");
    expect(is_same_quantized(count, run.slow, parts.slow), "m2");
    expect(is_same_quantized(count, run.second, parts.second), "nu");
  }
  take_f32(count, run.theta);
  if (run.bfloat16_theta)
    take_bfloat16(count, run.bfloat16_theta);
  if (run.fast.elements)
    take_quantized(count, run.fast);
  take_quantized(count, run.slow);
  take_quantized(count, run.second);
  end();
}

// The formats that have loops of their own, with all that these distinguish.
static void check_preset(int fast, int slow, int second) {
  for (int flags = 0; flags < 16; ++flags)
    for (int l = 0; l < LENGTH_COUNT; ++l)
      for (input_kind kind = USUAL; kind <= ZEROS; ++kind) {
        shape s = {flags & 1 ? fast : NO_FAST, slow, second, flags & 2,
                   flags & 4};
        check_run(s, lengths[l], kind, kind, steps + (flags >> 3));
        if (kind == USUAL)
          check_run(s, lengths[l], kind, WILD, steps + (flags >> 3));
      }
}

void check_quantized_steps(void) {
  check_preset(ADEMAMIX_BFLOAT16, ADEMAMIX_INT16, ADEMAMIX_UINT16);
  check_preset(ADEMAMIX_BFLOAT16, ADEMAMIX_INT16, ADEMAMIX_BFLOAT16);
  check_preset(ADEMAMIX_INT8, ADEMAMIX_INT16, ADEMAMIX_UINT8);
  check_preset(ADEMAMIX_FLOAT32, ADEMAMIX_FLOAT32, ADEMAMIX_FLOAT32);
  check_preset(ADEMAMIX_BFLOAT16, ADEMAMIX_SIGNED_FLOAT16, ADEMAMIX_UINT16);
  check_preset(ADEMAMIX_SIGNED_FLOAT8, ADEMAMIX_SIGNED_FLOAT16,
               ADEMAMIX_UNSIGNED_FLOAT8);
  for (int fast = NO_FAST; fast < FORMAT_COUNT; ++fast)
    for (int slow = 0; slow < FORMAT_COUNT; ++slow)
      for (int second = 0; second < FORMAT_COUNT; ++second) {
        shape s = {fast, slow, second, false, false};
        if ((fast != NO_FAST && is_unsigned(fast)) || is_unsigned(slow))
          continue; // has no sign, which other moments need
        if (ademamix_has_maxima(second) && !is_unsigned(second))
          continue; // has a sign, which no second moment needs
        check_run(s, 600, USUAL, USUAL, steps);
        check_run(s, 600, WILD, WILD, steps);
      }
}
