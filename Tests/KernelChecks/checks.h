//===--- checks.h - what the checks of the kernels share -*- C -*----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A check takes the output of kernels into the digest of a case, to be compared
// with that of other instruction sets and processors, and expects what must
// hold on any.
//
//===----------------------------------------------------------------------===//

#ifndef KERNEL_CHECKS_H
#define KERNEL_CHECKS_H

#include "CAdEMAMixKernels.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The kernels of the instruction set that is checked.
extern const ademamix_kernels *kernels_f32, *kernels_f64;
extern const ademamix_quantized_kernels *kernels_quantized;

/// Starts the digest of a case, named by a kernel and what it is given.
void begin(const char *kernel, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/// Takes output in. All NaN are one: their signs and payloads are not defined.
void take_f32(size_t count, const float *x);
void take_f64(size_t count, const double *x);
void take_bfloat16(size_t count, const uint16_t *x);
void take_bytes(size_t count, const void *x);

/// Writes the digest to `lines`, and frees all `room` of the case.
void end(void);
extern FILE *lines;

/// Says which case is wrong, and in what, unless it `holds`.
void expect(bool holds, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
extern size_t failures;

/// Memory to the end of a case: as it is aligned for elements of `size` bytes,
/// and no better.
void *room(size_t count, size_t size);
void *copied(size_t count, size_t size, const void *elements);

/// The kinds of numbers that an input has.
typedef enum {
  /// Magnitudes from 2^-20 to 2.
  USUAL,
  /// Also NaN, infinities, zeros, the largest and the smallest.
  WILD,
  /// From 2^-140 to 2^-119.
  TINY,
  ZEROS,
} input_kind;

static const char *const kind_names[] = {"usual", "wild", "tiny", "zeros"};

/// The numbers of a seed, at least 0 where `positive`.
float *numbers_f32(uint64_t seed, size_t count, input_kind kind, bool positive);
double *numbers_f64(uint64_t seed, size_t count, input_kind kind,
                    bool positive);

/// Whether x and y are the same number, to the sign of 0, or both NaN.
bool is_same(double x, double y);

/// x, but `bound` of its sign where x is finite and beyond it.
double bounded(double x, double bound);

/// Lengths below, at and above a block, and of several.
enum { LENGTH_COUNT = 5 };
static const size_t lengths[LENGTH_COUNT] = {1, 255, 256, 257, 1000};

/// Coefficients of two steps. The second folds all moments.
extern const ademamix_coefficients steps[2];

/// A moment of numbers, each encoded to the nearest of its format.
ademamix_quantized_moment quantized(int format, size_t count, const float *x);
float *loaded(size_t count, ademamix_quantized_moment moment);
void take_quantized(size_t count, ademamix_quantized_moment moment);

/// Whether two moments have the same elements, as the baseline decodes them.
bool is_same_quantized(size_t count, ademamix_quantized_moment a,
                       ademamix_quantized_moment b);

enum { FORMAT_COUNT = 9 };
static const char *const format_names[FORMAT_COUNT] = {
    "float32",       "bfloat16",     "int16",
    "int8",          "uint16",       "uint8",
    "signed float16", "signed float8", "unsigned float8"};

/// The code of an element, and what a code means. The codes of bfloat16 and of
/// floating-point numbers in blocks are the bits of magnitudes.
int code_at(ademamix_quantized_moment moment, size_t i);
double value_of(int format, double maximum, int code);

static inline bool is_unsigned(int format) {
  return !ademamix_is_signed(format);
}

void check_steps_f32(void);
void check_steps_f64(void);
void check_options_f32(void);
void check_options_f64(void);
void check_bfloat16(void);
void check_blocks(void);
void check_rounding(void);
void check_quantized_steps(void);
void check_split(void);
void check_restrained_f32(void);
void check_restrained_f64(void);

#endif
