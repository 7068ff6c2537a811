//===--- codes.h - one element in fewer bits, and back -*- C -*------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// In these functions `format` and `checked` are constants, so that each loop
// has the instructions of one format alone.
//
//===----------------------------------------------------------------------===//

#define ONE 0x3f800000u

INLINE uint32_t NAME(bits)(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

INLINE float NAME(from_bits)(uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

// The fourth power and its inverse, as if the bits of a float were its
// logarithm. With two roots, coding took 1.6 times as long.
INLINE float NAME(fourth_power)(float y) {
  return NAME(from_bits)(4 * NAME(bits)(y) - 3 * ONE);
}

INLINE float NAME(fourth_root)(float x) {
  return NAME(from_bits)((NAME(bits)(x) >> 2) + (ONE - (ONE >> 2)));
}

// The upper bits of numbers from 1 to 2^32: 5 of the exponent, 11 behind the
// point.
enum { NAME(dropped_bits) = 12 };

INLINE float NAME(of_upper_bits)(uint32_t c) {
  return NAME(from_bits)(ONE + (c << NAME(dropped_bits)));
}

// What `decoded` makes of the code of `top`, for a factor of 1. The next code, to
// which rounding may lead, is not yet the one for what is not finite.
INLINE float NAME(greatest)(int format) {
  switch (format) {
  case ADEMAMIX_INT16: return 32766;
  case ADEMAMIX_INT8: return 126 * 126;
  case ADEMAMIX_UINT16: return NAME(of_upper_bits)(65533) - 1;
  default: return NAME(fourth_power)(254) - 1;
  }
}

// What the elements of a block are multiplied by when they are decoded.
INLINE float NAME(element_factor)(int format, float top) {
  return ademamix_has_tops(format) ? top * (1 / NAME(greatest)(format)) : 1;
}

INLINE float NAME(decoded)(int format, bool checked, const void *elements,
                           size_t i, float factor) {
  switch (format) {
  case ADEMAMIX_FLOAT32: return ((const float *)elements)[i];
  case ADEMAMIX_BFLOAT16:
    return NAME(from_bits)((uint32_t)((const uint16_t *)elements)[i] << 16);
  case ADEMAMIX_INT16: {
    int16_t c = ((const int16_t *)elements)[i];
    float x = factor * (float)c;
    return checked && c == INT16_MIN ? NAN : x;
  }
  case ADEMAMIX_INT8: {
    int8_t c = ((const int8_t *)elements)[i];
    float wide = (float)c;
    float x = factor * (wide * __builtin_fabsf(wide));
    return checked && c == INT8_MIN ? NAN : x;
  }
  case ADEMAMIX_UINT16: {
    uint16_t c = ((const uint16_t *)elements)[i];
    // The 1 makes a 0 of 0.
    float x = factor * (NAME(of_upper_bits)(c) - 1);
    return checked && c == UINT16_MAX ? NAN : x;
  }
  default: {
    uint8_t c = ((const uint8_t *)elements)[i];
    float x = factor * (NAME(fourth_power)((float)(int32_t)c + 1) - 1);
    return checked && c == UINT8_MAX ? NAN : x;
  }
  }
}

// x, but for a NaN that arithmetic has not made: its upper half alone could be
// that of infinity.
INLINE float NAME(quieted)(float x) {
  uint32_t b = NAME(bits)(x);
  return NAME(from_bits)((b & 0x7fffffffu) > 0x7f800000u ? b | 0x400000u : b);
}

// The upper half of x after `r` of 0 ..< 2^16 was added to the lower: up with a
// probability of r's. A NaN that is `quieted` or of arithmetic stays one.
INLINE uint16_t NAME(upper_half)(float x, uint32_t r) {
  uint32_t b = NAME(bits)(x);
  uint32_t magnitude = b & 0x7fffffffu;
  magnitude = magnitude < 0x7fc00000u ? magnitude : 0x7fc00000u;
  return (uint16_t)(((magnitude + r) | (b & 0x80000000u)) >> 16);
}

// A second moment above 0 is not stored as 0, by which its update would be
// divided. As integers the bits of numbers above 0 are above 0.
INLINE int32_t NAME(at_least_one)(int32_t c, float x) {
  int32_t least = (int32_t)NAME(bits)(x);
  least = least < 1 ? least : 1;
  return c < least ? least : c;
}

// What `encode` multiplies elements by. `top` is 0 or at least LEAST_TOP, with
// which all factors are finite.
#define LEAST_TOP 0x1p-80f
INLINE float NAME(code_factor)(int format, float top) {
  if (top == 0)
    return 0;
  switch (format) {
  case ADEMAMIX_INT16: return NAME(greatest)(format) * 65536 / top;
  case ADEMAMIX_INT8: return NAME(greatest)(format) * 0x1p32f / top;
  default: return NAME(greatest)(format) / top;
  }
}

// Codes have 16 more bits at first, or 12, to which r is added before they go.
INLINE void NAME(encode)(int format, bool checked, void *elements, size_t i,
                         float x, float factor, uint32_t r) {
  bool finite = !checked || __builtin_fabsf(x) < INFINITY;
  float scaled = finite ? x * factor : 0;
  switch (format) {
  case ADEMAMIX_FLOAT32: ((float *)elements)[i] = x; break;
  case ADEMAMIX_BFLOAT16:
    ((uint16_t *)elements)[i] = NAME(upper_half)(x, r);
    break;
  case ADEMAMIX_INT16: {
    int32_t c = ((int32_t)scaled + (int32_t)r) >> 16;
    ((int16_t *)elements)[i] = (int16_t)(finite ? c : INT16_MIN);
    break;
  }
  case ADEMAMIX_INT8: {
    float root = __builtin_elementwise_sqrt(__builtin_fabsf(scaled));
    int32_t c = ((int32_t)__builtin_copysignf(root, x) + (int32_t)r) >> 16;
    ((int8_t *)elements)[i] = (int8_t)(finite ? c : INT8_MIN);
    break;
  }
  case ADEMAMIX_UINT16: {
    // r has 16 bits, and so many go.
    uint32_t part = r >> (16 - NAME(dropped_bits));
    int32_t c = (int32_t)((NAME(bits)(scaled + 1) - ONE + part) >>
                          NAME(dropped_bits));
    c = NAME(at_least_one)(c, x);
    ((uint16_t *)elements)[i] = (uint16_t)(finite ? c : UINT16_MAX);
    break;
  }
  default: {
    float root = NAME(fourth_root)(scaled + 1) - 1;
    int32_t c = ((int32_t)(root * 65536) + (int32_t)r) >> 16;
    c = NAME(at_least_one)(c, x);
    ((uint8_t *)elements)[i] = (uint8_t)(finite ? c : UINT8_MAX);
    break;
  }
  }
}
