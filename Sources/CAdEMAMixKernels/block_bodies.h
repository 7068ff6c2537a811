//===--- block_bodies.h - a block of a moment, loaded and stored -*- C -*--===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// Follows codes.h. A `count` is at most ADEMAMIX_BLOCK_LENGTH.
//
//===----------------------------------------------------------------------===//

// What the rounding of an element is decided by: a sequence of Weyl (1916) along
// the steps and along the block, whose parts are spread more evenly than random
// ones. Rounding errors of a moment then cancel. After 10 000 steps on gradients
// with a noise of 0, .1 and 1, m2 in bfloat16 is 8, 3 and 1.3 times closer than by
// a hash of each step, in 16-bit blocks 1, 1.5 and 1.5 times.
#define WEYL_STEP 0x9e3779b9u    // 2^32 times the golden ratio, less 1
#define WEYL_ELEMENT 0xc13fa9a9u // 2^32 times 1/1.3247, of the plastic number

INLINE void NAME(weyl_offsets)(uint32_t *offsets) {
  for (uint32_t i = 0; i < ADEMAMIX_BLOCK_LENGTH; ++i)
    offsets[i] = i * WEYL_ELEMENT;
}

// Where the sequence of a block is. Mixed as in SplitMix64 (Steele, Lea and
// Flood, 2014).
INLINE uint32_t NAME(block_key)(ademamix_rounding rounding, size_t offset) {
  uint64_t z = rounding.seed * 0xd1342543de82ef95u + rounding.first + offset;
  z += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (uint32_t)((z ^ (z >> 31)) >> 32) +
         (uint32_t)rounding.step * WEYL_STEP;
}

INLINE void NAME(decode_block)(int format, bool checked, size_t count,
                               const void *restrict elements, float factor,
                               float *restrict out) {
  for (size_t i = 0; i < count; ++i)
    out[i] = NAME(decoded)(format, checked, elements, i, factor);
}

INLINE void NAME(load_block)(int format, size_t count, const void *elements,
                             float top, float *out) {
  if (!ademamix_has_tops(format))
    return NAME(decode_block)(format, false, count, elements, 1, out);
  bool checked = __builtin_signbit(top);
  top = __builtin_fabsf(top);
  // The factor of a smaller one would have lost digits.
  float lift = top < LEAST_TOP ? 0x1p100f : 1;
  float factor = NAME(element_factor)(format, top * lift);
  if (checked)
    NAME(decode_block)(format, true, count, elements, factor, out);
  else
    NAME(decode_block)(format, false, count, elements, factor, out);
  if (lift != 1)
    for (size_t i = 0; i < count; ++i)
      out[i] *= 1 / lift;
}

INLINE void NAME(encode_block)(int format, bool checked, size_t count,
                               const float *restrict x, float factor,
                               uint32_t key, const uint32_t *restrict offsets,
                               void *restrict elements) {
#pragma clang loop unroll_count(2)
  for (size_t i = 0; i < count; ++i)
    NAME(encode)(format, checked, elements, i,
                 format == ADEMAMIX_BFLOAT16 ? NAME(quieted)(x[i]) : x[i],
                 factor, (key + offsets[i]) >> 16);
}

// The bits of the largest magnitude: in this order they are those of numbers,
// infinity and NaN.
INLINE uint32_t NAME(top_bits)(size_t count, const float *restrict x,
                               uint32_t limit) {
  uint32_t top = 0;
  for (size_t i = 0; i < count; ++i) {
    uint32_t magnitude = NAME(bits)(x[i]) & 0x7fffffffu;
    magnitude = magnitude < limit ? magnitude : 0;
    top = top < magnitude ? magnitude : top;
  }
  return top;
}

#define INFINITY_BITS 0x7f800000u

// Stores a block with elements that are not finite, or all next to 0.
APART float NAME(encode_unusual)(int format, size_t count, const float *x,
                                  uint32_t key, const uint32_t *offsets,
                                  void *elements) {
  float top = NAME(from_bits)(NAME(top_bits)(count, x, INFINITY_BITS));
  float lift = top < LEAST_TOP ? 0x1p100f : 1;
  float lifted[ADEMAMIX_BLOCK_LENGTH];
  for (size_t i = 0; i < count; ++i)
    lifted[i] = x[i] * lift;
  NAME(encode_block)(format, true, count, lifted,
                     NAME(code_factor)(format, top * lift), key, offsets,
                     elements);
  return NAME(top_bits)(count, x, UINT32_MAX) < INFINITY_BITS ? top : -top;
}

// Stores a block and returns its `top`, whose bits are known.
INLINE float NAME(store_block)(int format, size_t count, const float *x,
                               uint32_t top_bits, uint32_t key,
                               const uint32_t *offsets, void *elements) {
  if (!ademamix_has_tops(format)) {
    NAME(encode_block)(format, false, count, x, 1, key, offsets, elements);
    return 0;
  }
  float top = NAME(from_bits)(top_bits);
  if (top_bits >= INFINITY_BITS || (top < LEAST_TOP && top > 0))
    return NAME(encode_unusual)(format, count, x, key, offsets, elements);
  NAME(encode_block)(format, false, count, x, NAME(code_factor)(format, top),
                     key, offsets, elements);
  return top;
}

// The formats as constants.
#define FOR_FORMAT(FORMAT, STATEMENT)                                          \
  switch (FORMAT) {                                                            \
    FOR_ONE_FORMAT(ADEMAMIX_FLOAT32, STATEMENT)                                \
    FOR_ONE_FORMAT(ADEMAMIX_BFLOAT16, STATEMENT)                               \
    FOR_ONE_FORMAT(ADEMAMIX_INT16, STATEMENT)                                  \
    FOR_ONE_FORMAT(ADEMAMIX_INT8, STATEMENT)                                   \
    FOR_ONE_FORMAT(ADEMAMIX_UINT16, STATEMENT)                                 \
    FOR_ONE_FORMAT(ADEMAMIX_UINT8, STATEMENT)                                  \
  }
#define FOR_ONE_FORMAT(CONSTANT, STATEMENT)                                    \
  case CONSTANT: {                                                             \
    enum { format = CONSTANT };                                                \
    STATEMENT;                                                                 \
    break;                                                                     \
  }

APART void NAME(load)(size_t count, ademamix_stored moment, float *elements) {
  float top = ademamix_has_tops(moment.format) ? *moment.tops : 0;
  FOR_FORMAT(moment.format, NAME(load_block)(format, count, moment.elements, top,
                                             elements))
}

APART void NAME(store_keyed)(size_t count, const float *elements, uint32_t key,
                             const uint32_t *offsets, ademamix_stored moment) {
  uint32_t bits = NAME(top_bits)(count, elements, UINT32_MAX);
  float top = 0;
  FOR_FORMAT(moment.format, top = NAME(store_block)(format, count, elements, bits,
                                                    key, offsets,
                                                    moment.elements))
  if (ademamix_has_tops(moment.format))
    *moment.tops = top;
}

static TARGET void NAME(store)(size_t count, const float *elements,
                               ademamix_rounding rounding,
                               ademamix_stored moment) {
  uint32_t offsets[ADEMAMIX_BLOCK_LENGTH];
  NAME(weyl_offsets)(offsets);
  NAME(store_keyed)(count, elements, NAME(block_key)(rounding, 0), offsets, moment);
}

static TARGET void NAME(store_nearest)(size_t count, const float *elements,
                                       ademamix_stored moment) {
  static const uint32_t none[ADEMAMIX_BLOCK_LENGTH];
  NAME(store_keyed)(count, elements, 0x80000000u, none, moment);
}

INLINE float NAME(widened)(uint16_t narrow) {
  return NAME(from_bits)((uint32_t)narrow << 16);
}

INLINE uint16_t NAME(narrowed_element)(float x) {
  // Half of the last place, or a little less where its bit is 0 already.
  return NAME(upper_half)(x, 0x7fffu + ((NAME(bits)(x) >> 16) & 1));
}

static TARGET void NAME(widen)(size_t count, const uint16_t *restrict narrow,
                               float *restrict wide) {
  for (size_t i = 0; i < count; ++i)
    wide[i] = NAME(widened)(narrow[i]);
}

static TARGET void NAME(narrow)(size_t count, const float *restrict wide,
                                uint16_t *restrict narrow) {
  for (size_t i = 0; i < count; ++i)
    narrow[i] = NAME(narrowed_element)(NAME(quieted)(wide[i]));
}
