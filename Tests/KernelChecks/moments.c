//===--- moments.c - moments in store -------------------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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

ademamix_stored stored(int set, int format, size_t count, const float *x) {
  ademamix_stored moment = {
      .elements = room(count, ademamix_width(format)),
      .tops = ademamix_has_tops(format)
                  ? room(block_count(count), sizeof *moment.tops)
                  : NULL,
      .format = format,
  };
  for (size_t i = 0; i < count; i += ADEMAMIX_BLOCK_LENGTH)
    ademamix_store_nearest(set, length_at(count, i), x + i,
                           ademamix_stored_at(moment, i));
  return moment;
}

float *loaded(int set, size_t count, ademamix_stored moment) {
  float *x = room(count, sizeof *x);
  for (size_t i = 0; i < count; i += ADEMAMIX_BLOCK_LENGTH)
    ademamix_load(set, length_at(count, i), ademamix_stored_at(moment, i),
                  x + i);
  return x;
}

void take_stored(size_t count, ademamix_stored moment) {
  switch (moment.format) {
  case ADEMAMIX_FLOAT32: take_f32(count, moment.elements); break;
  case ADEMAMIX_INT8:
  case ADEMAMIX_UINT8: take_bytes(count, moment.elements); break;
  case ADEMAMIX_BFLOAT16: take_bfloat16(count, moment.elements); break;
  default: take_bytes(2 * count, moment.elements); break;
  }
  if (moment.tops)
    take_f32(block_count(count), moment.tops);
}

bool is_same_stored(size_t count, ademamix_stored a, ademamix_stored b) {
  float *x = loaded(ADEMAMIX_BASELINE, count, a);
  float *y = loaded(ADEMAMIX_BASELINE, count, b);
  for (size_t i = 0; i < count; ++i)
    if (!is_same(x[i], y[i]))
      return false;
  if (!a.tops)
    return true;
  return memcmp(a.elements, b.elements,
                count * ademamix_width(a.format)) == 0 &&
         memcmp(a.tops, b.tops, block_count(count) * sizeof *a.tops) == 0;
}
