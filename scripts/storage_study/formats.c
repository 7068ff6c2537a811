//===--- formats.c - formats of moments, element by element ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Compares formats of m1, m2 and nu, those of the library and others, with
// moments in double precision. A model of each format makes steps in single
// precision, rounded as the kernels round. Blocks of 256 elements have rows of
// 16, whose gradients lie 0 to 15 octaves below the largest; or, for the last
// three gradients, the means of scripts/storage, which spread over 3 decades.
// Errors are relative: the norm of the difference over the norm of the truth.
//
//===----------------------------------------------------------------------===//

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { COUNT = 4096, BLOCK = 256, ROW = 16 };

typedef enum {
  FLOAT32,
  BFLOAT16,
  FLOAT24, // bfloat16, and 8 digits more
  LINEAR16,
  LINEAR16_OF_64, // the block has 64 elements
  LINEAR16_OF_32,
  SQUARE16, // quadratic in the code
  FOURTH16, // with its fourth power, as if bits were logarithms
  SIXTH16,
  FLOAT16_E4M11, // a sign, 4 bits of exponent, 11 of fraction
  FLOAT16_E5M10,
  SQUARE8,
  FOURTH8,
  FLOAT8_E4M3,
  UNSIGNED16_E5M11,
  UNSIGNED_FOURTH8,
  UNSIGNED_EIGHTH8,
  UNSIGNED8_E5M3,
  DYNAMIC8, // of bitsandbytes, to the nearest
  UNSIGNED_DYNAMIC8,
  COMPANDED8, // of FlashOptim, to the nearest, in blocks of 32
  UNSIGNED_COMPANDED8,
} format;

typedef struct {
  const char *name;
  format moments[3];
} storage;

static const storage storages[] = {
    {"m2 linear, blocks of 256", {FLOAT32, LINEAR16, FLOAT32}},
    {"m2 linear, blocks of 64", {FLOAT32, LINEAR16_OF_64, FLOAT32}},
    {"m2 linear, blocks of 32", {FLOAT32, LINEAR16_OF_32, FLOAT32}},
    {"m2 quadratic", {FLOAT32, SQUARE16, FLOAT32}},
    {"m2 fourth power", {FLOAT32, FOURTH16, FLOAT32}},
    {"m2 sixth power", {FLOAT32, SIXTH16, FLOAT32}},
    {"m2 e5m10", {FLOAT32, FLOAT16_E5M10, FLOAT32}},
    {"m2 e4m11", {FLOAT32, FLOAT16_E4M11, FLOAT32}},
    {"m2 float24 (24 bits)", {FLOAT32, FLOAT24, FLOAT32}},
    {"compact of version 2", {BFLOAT16, LINEAR16, UNSIGNED16_E5M11}},
    {"compact", {BFLOAT16, FLOAT16_E4M11, UNSIGNED16_E5M11}},
    {"minimal of version 2", {SQUARE8, LINEAR16, UNSIGNED_FOURTH8}},
    {"fourth powers", {FOURTH8, FLOAT16_E4M11, UNSIGNED_FOURTH8}},
    {"fourth and eighth power", {FOURTH8, FLOAT16_E4M11, UNSIGNED_EIGHTH8}},
    {"minimal", {FLOAT8_E4M3, FLOAT16_E4M11, UNSIGNED8_E5M3}},
    {"bitsandbytes", {DYNAMIC8, DYNAMIC8, UNSIGNED_DYNAMIC8}},
    {"FlashOptim", {COMPANDED8, COMPANDED8, UNSIGNED_COMPANDED8}},
};

// MARK: - Codes

INLINE uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

INLINE float from_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

#define ONE 0x3f800000u

// A power and its inverse, as if the bits of a float were its logarithm.
INLINE float power(float y, uint32_t p) {
  return from_bits(bits_of(y) * p - p * (ONE - ONE / p));
}

INLINE float root(float x, uint32_t p) {
  return from_bits(bits_of(x) / p + (ONE - ONE / p));
}

// x after it was a code c <= last with p-th powers, at least `least`.
INLINE float as_power(float x, float maximum, uint32_t p, float last,
                      float threshold, float least) {
  float factor = power(last, p) / maximum;
  float y = x == 0 ? 0 : root(fabsf(x) * factor, p);
  float c = floorf(copysignf(y, x) + threshold);
  c = x > 0 && c < least ? least : c;
  return c == 0 ? 0 : copysignf(power(fabsf(c), p) / factor, c);
}

// x after it was a code c <= last whose bits are those of a number from 1 on.
INLINE float as_float(float x, float maximum, int fraction_bits, uint32_t last,
                      uint32_t r, uint32_t least) {
  int dropped = 23 - fraction_bits;
  float factor = (from_bits(ONE + (last << dropped)) - 1) / maximum;
  uint32_t part = dropped > 16 ? r << (dropped - 16) : r >> (16 - dropped);
  uint32_t c = (bits_of(fabsf(x) * factor + 1) - ONE + part) >> dropped;
  c = x > 0 && c < least ? least : c;
  return copysignf((from_bits(ONE + (c << dropped)) - 1) / factor, x);
}

// The values of bitsandbytes' dynamic maps: 7 decades, each with twice as many
// values as the one below.
static float dynamic[2][256];
static int dynamic_count[2];

static int compare(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static void make_dynamic(bool is_signed) {
  float *values = dynamic[is_signed];
  int count = 0;
  for (int decade = 0; decade < 7; ++decade) {
    int items = 1 << (is_signed ? decade : decade + 1);
    for (int i = 0; i < items; ++i) {
      float value = (float)((0.1 + 0.9 * (i + 0.5) / items) *
                            pow(10, decade - 6));
      values[count++] = value;
      if (is_signed)
        values[count++] = -value;
    }
  }
  values[count++] = 0;
  values[count++] = 1;
  qsort(values, (size_t)count, sizeof *values, compare);
  dynamic_count[is_signed] = count;
}

static float nearest(float x, bool is_signed) {
  const float *values = dynamic[is_signed];
  int low = 0, high = dynamic_count[is_signed] - 1;
  while (high - low > 1) {
    int middle = (low + high) / 2;
    if (values[middle] <= x)
      low = middle;
    else
      high = middle;
  }
  return x - values[low] <= values[high] - x ? values[low] : values[high];
}

// 2x/(1 + |x|) in 127 steps of each sign.
INLINE float companded(float x, float maximum) {
  float scale = (float)(_Float16)maximum;
  if (scale == 0)
    return 0;
  float y = rintf(2 * (x / scale) / (1 + fabsf(x / scale)) * 127);
  y = fminf(fmaxf(y, -127), 127) / 127;
  return scale * y / (2 - fabsf(y));
}

// The root in 255 steps.
INLINE float companded_root(float x, float maximum) {
  float scale = (float)(_Float16)sqrtf(maximum);
  if (scale == 0)
    return 0;
  float y = fminf(rintf(sqrtf(x) / scale * 255), 255) / 255 * scale;
  return y * y;
}

// x after it was stored and read, rounded by r of 0 ..< 2^16.
INLINE float stored(format f, float x, float maximum, uint32_t r) {
  float threshold = (float)r * 0x1p-16f;
  switch (f) {
  case FLOAT32: return x;
  case BFLOAT16: return from_bits((bits_of(x) + r) & 0xffff0000u);
  case FLOAT24: return from_bits((bits_of(x) + (r >> 8)) & 0xffffff00u);
  default: break;
  }
  if (maximum == 0)
    return 0;
  switch (f) {
  case LINEAR16:
  case LINEAR16_OF_64:
  case LINEAR16_OF_32:
    return floorf(x * (32766 / maximum) + threshold) * (maximum / 32766);
  case SQUARE16:
  case SQUARE8: {
    float last = f == SQUARE16 ? 32766 : 126;
    float y = copysignf(sqrtf(fabsf(x) / maximum) * last, x);
    float c = floorf(y + threshold);
    return maximum * (c * fabsf(c)) / (last * last);
  }
  case FOURTH16: return as_power(x, maximum, 4, 32766, threshold, 0);
  case SIXTH16: return as_power(x, maximum, 6, 32766, threshold, 0);
  case FOURTH8: return as_power(x, maximum, 4, 126, threshold, 0);
  case FLOAT16_E4M11: return as_float(x, maximum, 11, 32765, r, 0);
  case FLOAT16_E5M10: return as_float(x, maximum, 10, 32765, r, 0);
  case FLOAT8_E4M3: return as_float(x, maximum, 3, 125, r, 0);
  case UNSIGNED16_E5M11: return as_float(x, maximum, 11, 65533, r, 1);
  case UNSIGNED8_E5M3: return as_float(x, maximum, 3, 253, r, 1);
  case UNSIGNED_FOURTH8: {
    float factor = (power(254, 4) - 1) / maximum;
    float c = floorf(root(x * factor + 1, 4) - 1 + threshold);
    c = x > 0 && c < 1 ? 1 : c;
    return (power(c + 1, 4) - 1) / factor;
  }
  case UNSIGNED_EIGHTH8: return as_power(x, maximum, 8, 254, threshold, 1);
  case DYNAMIC8: return nearest(x / maximum, true) * maximum;
  case UNSIGNED_DYNAMIC8: return nearest(x / maximum, false) * maximum;
  case COMPANDED8: return companded(x, maximum);
  default: return companded_root(x, maximum);
  }
}

// MARK: - Blocks

static uint32_t offsets[BLOCK];

INLINE void store_block(format f, int length, float *x, uint32_t key) {
  for (int start = 0; start < BLOCK; start += length) {
    float maximum = 0;
    for (int i = start; i < start + length; ++i)
      maximum = fmaxf(maximum, fabsf(x[i]));
    for (int i = start; i < start + length; ++i)
      x[i] = stored(f, x[i], maximum, (key + offsets[i]) >> 16);
  }
}

// The cases differ in nothing but constants.
static void store(format f, float *x, uint32_t key) {
#define CASE(F, LENGTH)                                                        \
  case F: store_block(F, LENGTH, x, key); break
  switch (f) {
  case FLOAT32: break;
    CASE(BFLOAT16, BLOCK);
    CASE(FLOAT24, BLOCK);
    CASE(LINEAR16, BLOCK);
    CASE(LINEAR16_OF_64, 64);
    CASE(LINEAR16_OF_32, 32);
    CASE(SQUARE16, BLOCK);
    CASE(FOURTH16, BLOCK);
    CASE(SIXTH16, BLOCK);
    CASE(FLOAT16_E4M11, BLOCK);
    CASE(FLOAT16_E5M10, BLOCK);
    CASE(SQUARE8, BLOCK);
    CASE(FOURTH8, BLOCK);
    CASE(FLOAT8_E4M3, BLOCK);
    CASE(UNSIGNED16_E5M11, BLOCK);
    CASE(UNSIGNED_FOURTH8, BLOCK);
    CASE(UNSIGNED_EIGHTH8, BLOCK);
    CASE(UNSIGNED8_E5M3, BLOCK);
    CASE(DYNAMIC8, BLOCK);
    CASE(UNSIGNED_DYNAMIC8, BLOCK);
    CASE(COMPANDED8, 32);
    CASE(UNSIGNED_COMPANDED8, 32);
  }
#undef CASE
}

// MARK: - Gradients

typedef enum {
  CONSTANT,
  WHITE,
  SHIFTED,
  HEAVY,
  ALTERNATING,
  STUDY_0,
  STUDY_TENTH,
  STUDY_1,
  KIND_COUNT,
} gradient_kind;

static const char *const kind_names[KIND_COUNT] = {
    "constant", "white noise", "a tenth of the noise, and white noise",
    "heavy tails (Student's t of 3)", "alternating signs",
    "scripts/storage, noise 0", "scripts/storage, noise .1",
    "scripts/storage, noise 1"};

static bool has_rows(gradient_kind kind) { return kind < STUDY_0; }

static uint64_t state;

// SplitMix64 (Steele, Lea and Flood, 2014).
static uint64_t mixed(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static double uniform(void) {
  state += 0x9e3779b97f4a7c15u;
  return ((double)(mixed(state) >> 11) + 0.5) * 0x1p-53;
}

// Box and Muller, 1958.
static double normal(void) {
  return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

static float gradient(gradient_kind kind, int step, float mean) {
  switch (kind) {
  case WHITE: return mean * (float)normal();
  case SHIFTED: return mean * (float)(0.1 + normal());
  case HEAVY: {
    double a = normal(), b = normal(), c = normal();
    return mean * (float)(normal() / sqrt((a * a + b * b + c * c) / 3));
  }
  case ALTERNATING: return step & 1 ? -mean : mean;
  case STUDY_TENTH: return mean + (float)(0.1 * normal());
  case STUDY_1: return mean + (float)normal();
  default: return mean;
  }
}

static int octave_of(int i) { return i / ROW % 16; }

static float *gradients(gradient_kind kind, int steps) {
  float means[COUNT];
  state = 77 + kind;
  for (int i = 0; i < COUNT; ++i) {
    double size = has_rows(kind) ? ldexp(0.5 + 0.5 * uniform(), -octave_of(i))
                                 : pow(10, -3 * uniform());
    size = has_rows(kind) && i % BLOCK == 0 ? 1 : size;
    means[i] = (float)(uniform() < 0.5 ? -size : size);
  }
  float *g = malloc(sizeof *g * COUNT * (size_t)steps);
  if (!g)
    abort();
  for (size_t t = 0; t < (size_t)steps; ++t)
    for (int i = 0; i < COUNT; ++i)
      g[t * COUNT + (size_t)i] = gradient(kind, (int)t, means[i]);
  return g;
}

// MARK: - Steps

enum { M1, M2, NU, DISTANCE, QUANTITY_COUNT };
typedef double quantities[QUANTITY_COUNT][COUNT];

static const double betas[3] = {0.9, 0.9999, 0.999};
static const double rate = 1e-4, alpha = 5, epsilon = 1e-8;

static void step_truth(quantities q, int t, const float *g) {
  double c1 = 1 - pow(betas[M1], t + 1), c2 = 1 - pow(betas[NU], t + 1);
  for (int i = 0; i < COUNT; ++i) {
    double x = g[i];
    q[M1][i] += (1 - betas[M1]) * (x - q[M1][i]);
    q[M2][i] += (1 - betas[M2]) * (x - q[M2][i]);
    q[NU][i] += (1 - betas[NU]) * (x * x - q[NU][i]);
    q[DISTANCE][i] += rate * (q[M1][i] / c1 + alpha * q[M2][i]) /
                      (sqrt(q[NU][i] / c2) + epsilon);
  }
}

// Moments that are scaled lazily, as the library's, or at each step.
typedef struct {
  float moments[3][COUNT], distance[COUNT];
  double scales[3];
  bool is_lazy;
} run;

static void decay(run *r) {
  for (int m = 0; m < 3; ++m) {
    r->scales[m] *= betas[m];
    if (r->is_lazy && r->scales[m] >= 1.0 / 16)
      continue;
    for (int i = 0; i < COUNT; ++i)
      r->moments[m][i] *= (float)r->scales[m];
    r->scales[m] = 1;
  }
}

static void step_stored(run *r, const storage *s, int t, const float *g) {
  decay(r);
  float gains[3], weights[3] = {
      (float)(rate * r->scales[M1] / (1 - pow(betas[M1], t + 1))),
      (float)(rate * alpha * r->scales[M2]),
      (float)(r->scales[NU] / (1 - pow(betas[NU], t + 1)))};
  for (int m = 0; m < 3; ++m)
    gains[m] = (float)((1 - betas[m]) / r->scales[m]);
  for (int i = 0; i < COUNT; ++i) {
    float fast = r->moments[M1][i] += gains[M1] * g[i];
    float slow = r->moments[M2][i] += gains[M2] * g[i];
    float second = r->moments[NU][i] += gains[NU] * (g[i] * g[i]);
    r->distance[i] += (weights[M1] * fast + weights[M2] * slow) /
                      (sqrtf(weights[NU] * second) + (float)epsilon);
  }
  for (int start = 0; start < COUNT; start += BLOCK) {
    uint64_t z = (uint64_t)start + 12345 + 0x9e3779b97f4a7c15u;
    uint32_t key = (uint32_t)(mixed(z) >> 32) + (uint32_t)t * 0x9e3779b9u;
    for (int m = 0; m < 3; ++m)
      store(s->moments[m], r->moments[m] + start, key);
  }
}

static double value(const run *r, int quantity, int i) {
  return quantity == DISTANCE
             ? (double)r->distance[i]
             : (double)r->moments[quantity][i] * r->scales[quantity];
}

// The error of a quantity, that of nu as its root, over elements of an octave,
// or of all where it is -1.
static double error(const run *r, quantities truth, int quantity, int octave) {
  double difference = 0, whole = 0;
  for (int i = 0; i < COUNT; ++i) {
    if (octave >= 0 && octave_of(i) != octave)
      continue;
    double x = value(r, quantity, i), y = truth[quantity][i];
    double d = quantity == NU ? sqrt(x / y) - 1 : x - y;
    difference += d * d;
    whole += quantity == NU ? 1 : y * y;
  }
  return 100 * sqrt(difference / whole);
}

static void print_row(const storage *s, const run *r, quantities truth,
                      bool rows) {
  static const int columns[] = {M2, DISTANCE, M1, NU};
  static const int octaves[] = {0, 4, 8, 12, 15};
  printf("%-25s", s->name);
  for (int c = 0; c < 4; ++c) {
    printf(" |%9.2g", error(r, truth, columns[c], -1));
    for (size_t o = 0; rows && o < sizeof octaves / sizeof *octaves; ++o)
      printf("%8.2g", error(r, truth, columns[c], octaves[o]));
  }
  putchar('\n');
  fflush(stdout);
}

static void print_head(gradient_kind kind) {
  static const char *const titles[] = {"m2", "distance", "m1", "root of nu"};
  printf("\n%s: errors in percent\n%-25s", kind_names[kind], "");
  for (int c = 0; c < 4; ++c)
    printf(has_rows(kind) ? " |%10s:  all, and 0, 4, 8, 12, 15 octaves"
                          : " |%10s",
           titles[c]);
  putchar('\n');
}

int main(int count, char **arguments) {
  int steps = count > 1 ? atoi(arguments[1]) : 10000;
  make_dynamic(true);
  make_dynamic(false);
  for (uint32_t i = 0; i < BLOCK; ++i)
    offsets[i] = i * 0xc13fa9a9u;
  static quantities truth;
  static run r;
  for (gradient_kind kind = 0; kind < KIND_COUNT; ++kind) {
    float *g = gradients(kind, steps);
    memset(truth, 0, sizeof truth);
    for (int t = 0; t < steps; ++t)
      step_truth(truth, t, g + (size_t)t * COUNT);
    print_head(kind);
    for (size_t i = 0; i < sizeof storages / sizeof *storages; ++i) {
      const storage *s = storages + i;
      bool is_foreign =
          s->moments[M1] == DYNAMIC8 || s->moments[M1] == COMPANDED8;
      r = (run){.scales = {1, 1, 1}, .is_lazy = !is_foreign};
      for (int t = 0; t < steps; ++t)
        step_stored(&r, s, t, g + (size_t)t * COUNT);
      print_row(s, &r, truth, has_rows(kind));
    }
    free(g);
  }
}
