//===--- codes.c - what the codes of a format mean ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// In double precision, from the formulae of quantized.h.
//
//===----------------------------------------------------------------------===//

#include "checks.h"

// The magnitude of a word with a sign in its highest bit, of that sign.
static int signed_magnitude(int word, int sign_bit) {
  int magnitude = word & (sign_bit - 1);
  return word == magnitude ? magnitude : -magnitude;
}

int code_at(ademamix_quantized_moment moment, size_t i) {
  switch (moment.format) {
  case ADEMAMIX_INT16: return ((const int16_t *)moment.elements)[i];
  case ADEMAMIX_INT8: return ((const int8_t *)moment.elements)[i];
  case ADEMAMIX_UINT16: return ((const uint16_t *)moment.elements)[i];
  case ADEMAMIX_UINT8:
  case ADEMAMIX_UNSIGNED_FLOAT8: return ((const uint8_t *)moment.elements)[i];
  case ADEMAMIX_SIGNED_FLOAT8:
    return signed_magnitude(((const uint8_t *)moment.elements)[i], 0x80);
  default:
    return signed_magnitude(((const uint16_t *)moment.elements)[i], 0x8000);
  }
}

// The fourth power at powers of two^(1/4), and linear between.
static double fourth_power(double y) {
  int exponent;
  double parts = 4 * (2 * frexp(y, &exponent) - 1);
  return ldexp(1 + parts - floor(parts), 4 * (exponent - 1) + (int)parts);
}

// The number from 1 on whose exponent and fraction, of so many bits, a code
// has.
static double of_upper_bits(int code, int fraction_bits) {
  double unit = 1 << fraction_bits;
  return ldexp(1 + fmod(code, unit) / unit, code >> fraction_bits);
}

// A magnitude of a block, whose largest one has the code `last`.
static double of_floats(double maximum, int code, int fraction_bits, int last) {
  double value = maximum * (of_upper_bits(abs(code), fraction_bits) - 1) /
                 (of_upper_bits(last, fraction_bits) - 1);
  return code < 0 ? -value : value;
}

double value_of(int format, double maximum, int code) {
  double c = code;
  switch (format) {
  case ADEMAMIX_INT16: return maximum * c / 32766;
  case ADEMAMIX_INT8: return maximum * c * fabs(c) / (126 * 126);
  case ADEMAMIX_UINT16: return of_floats(maximum, code, 11, 65533);
  case ADEMAMIX_SIGNED_FLOAT16: return of_floats(maximum, code, 11, 32765);
  case ADEMAMIX_SIGNED_FLOAT8: return of_floats(maximum, code, 3, 125);
  case ADEMAMIX_UNSIGNED_FLOAT8: return of_floats(maximum, code, 3, 253);
  case ADEMAMIX_UINT8:
    return maximum * (fourth_power(c + 1) - 1) / (fourth_power(254) - 1);
  default: {
    // The code of infinity stands for the number that would follow.
    int exponent = abs(code) >> 7, fraction = abs(code) & 0x7f;
    double x = exponent > 0 ? ldexp(0x80 + fraction, exponent - 134)
                            : ldexp(fraction, -133);
    return code < 0 ? -x : x;
  }
  }
}
