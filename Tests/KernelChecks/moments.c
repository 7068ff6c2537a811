//===--- moments.c - quantized moments
//--------------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "checks.h"

static size_t block_count(size_t count) {
  return (count + ADEMAMIX_BLOCK_LENGTH - 1) / ADEMAMIX_BLOCK_LENGTH;
}

static size_t length_at(size_t count, size_t start) {
  size_t rest = count - start;
  return rest < ADEMAMIX_BLOCK_LENGTH ? rest : ADEMAMIX_BLOCK_LENGTH;
}

ademamix_quantized_moment quantized(int format, size_t count, const float *x) {
  ademamix_quantized_moment moment = {
      .elements = room(count, ademamix_element_bytes(format)),
      .maxima = ademamix_has_maxima(format)
                    ? room(block_count(count), sizeof *moment.maxima)
                    : NULL,
      .format = format,
  };
  for (size_t i = 0; i < count; i += ADEMAMIX_BLOCK_LENGTH)
    kernels_quantized->store_nearest(length_at(count, i), x + i,
                                     ademamix_moment_at(moment, i));
  return moment;
}

static float *decoded(const ademamix_quantized_kernels *kernels, size_t count,
                      ademamix_quantized_moment moment) {
  float *x = room(count, sizeof *x);
  for (size_t i = 0; i < count; i += ADEMAMIX_BLOCK_LENGTH)
    kernels->load(length_at(count, i), ademamix_moment_at(moment, i), x + i);
  return x;
}

float *loaded(size_t count, ademamix_quantized_moment moment) {
  return decoded(kernels_quantized, count, moment);
}

void take_quantized(size_t count, ademamix_quantized_moment moment) {
  switch (moment.format) {
  case ADEMAMIX_FLOAT32: take_f32(count, moment.elements); break;
  case ADEMAMIX_BFLOAT16: take_bfloat16(count, moment.elements); break;
  default:
    take_bytes(count * ademamix_element_bytes(moment.format), moment.elements);
    break;
  }
  if (moment.maxima)
    take_f32(block_count(count), moment.maxima);
}

bool is_same_quantized(size_t count, ademamix_quantized_moment a,
                       ademamix_quantized_moment b) {
  const ademamix_quantized_kernels *baseline =
      ademamix_kernels_quantized(ADEMAMIX_BASELINE);
  float *x = decoded(baseline, count, a), *y = decoded(baseline, count, b);
  for (size_t i = 0; i < count; ++i)
    if (!is_same(x[i], y[i]))
      return false;
  if (!a.maxima)
    return true;
  return memcmp(a.elements, b.elements,
                count * ademamix_element_bytes(a.format)) == 0 &&
         memcmp(a.maxima, b.maxima, block_count(count) * sizeof *a.maxima) == 0;
}
