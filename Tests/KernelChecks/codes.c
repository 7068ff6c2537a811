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

int code_at(ademamix_quantized_moment moment, size_t i) {
  switch (moment.format) {
  case ADEMAMIX_INT16: return ((const int16_t *)moment.elements)[i];
  case ADEMAMIX_INT8: return ((const int8_t *)moment.elements)[i];
  case ADEMAMIX_UINT16: return ((const uint16_t *)moment.elements)[i];
  case ADEMAMIX_UINT8: return ((const uint8_t *)moment.elements)[i];
  default: {
    uint16_t half = ((const uint16_t *)moment.elements)[i];
    int magnitude = half & 0x7fff;
    return half == magnitude ? magnitude : -magnitude;
  }
  }
}

// The fourth power at powers of two^(1/4), and linear between.
static double fourth_power(double y) {
  int exponent;
  double parts = 4 * (2 * frexp(y, &exponent) - 1);
  return ldexp(1 + parts - floor(parts), 4 * (exponent - 1) + (int)parts);
}

// 5 bits of exponent, 11 behind the point.
static double of_upper_bits(int code) {
  return ldexp(1 + (code & 0x7ff) / 2048.0, code >> 11);
}

double value_of(int format, double maximum, int code) {
  double c = code;
  switch (format) {
  case ADEMAMIX_INT16: return maximum * c / 32766;
  case ADEMAMIX_INT8: return maximum * c * fabs(c) / (126 * 126);
  case ADEMAMIX_UINT16:
    return maximum * (of_upper_bits(code) - 1) / (of_upper_bits(65533) - 1);
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
