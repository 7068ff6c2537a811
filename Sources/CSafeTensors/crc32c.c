//===--- crc32c.c - the checksum of Castagnoli ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A CRC is the remainder of the division of a polynomial over GF(2) by a fixed
// polynomial P. The lowest bit of a byte is processed first, and so an integer
// has the highest power of a polynomial in its lowest bit: in 32 bits, the
// polynomial 1 is 0x80000000 and x is 0x40000000.
//
//===----------------------------------------------------------------------===//

#include "CSafeTensors.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define TARGET_CRC __attribute__((target("sse4.2")))
#define CRC_WORD(CRC, WORD) ((uint32_t)_mm_crc32_u64(CRC, WORD))
#define CRC_BYTE(CRC, BYTE) _mm_crc32_u8(CRC, BYTE)
#elif defined(__aarch64__)
#include <arm_acle.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif
#define TARGET_CRC __attribute__((target("crc")))
#define CRC_WORD(CRC, WORD) __crc32cd(CRC, WORD)
#define CRC_BYTE(CRC, BYTE) __crc32cb(CRC, BYTE)
#endif

static const uint32_t polynomial = 0x82F63B78;

//===--- Everywhere -------------------------------------------------------===//

// The remainders of the 16 polynomials of degree 28 to 31, times x^4.
static const uint32_t nibble_remainders[16] = {
    0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3,
    0x61C69362, 0x7198540D, 0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
    0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
};

static uint32_t by_table(uint32_t crc, const uint8_t *bytes, size_t count) {
  for (; count > 0; --count) {
    crc ^= *bytes++;
    crc = nibble_remainders[crc & 15] ^ (crc >> 4);
    crc = nibble_remainders[crc & 15] ^ (crc >> 4);
  }
  return crc;
}

// a * b mod P.
static uint32_t product(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (int power = 0; power < 32; ++power) {
    product ^= b & -(a >> 31);
    a <<= 1;
    b = (b >> 1) ^ (polynomial & -(b & 1));
  }
  return product;
}

// x^exponent mod P.
static uint32_t power_of_x(uint64_t exponent) {
  uint32_t power = 0x80000000, square = 0x40000000;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1)
      power = product(power, square);
    square = product(square, square);
  }
  return power;
}

//===--- With an instruction for CRC-32C ----------------------------------===//

#if defined(TARGET_CRC)

static inline uint64_t word(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

TARGET_CRC static uint32_t by_words(uint32_t crc, const uint8_t *bytes,
                                    size_t count) {
  for (; count >= 8; count -= 8, bytes += 8)
    crc = CRC_WORD(crc, word(bytes));
  for (; count > 0; --count)
    crc = CRC_BYTE(crc, *bytes++);
  return crc;
}

// The instruction takes 3 cycles, and one can start in each cycle: three lanes
// of the bytes are processed at once. To join their checksums takes as long as
// to process a few KiB, and so short lanes are not worth it.
TARGET_CRC static uint32_t by_lanes(uint32_t crc, const uint8_t *bytes,
                                    size_t count) {
  size_t lane = count / 24 * 8;
  if (lane < 2048)
    return by_words(crc, bytes, count);
  const uint8_t *first = bytes, *second = first + lane, *third = second + lane;
  uint32_t second_crc = 0, third_crc = 0;
  for (size_t at = 0; at < lane; at += 8) {
    crc = CRC_WORD(crc, word(first + at));
    second_crc = CRC_WORD(second_crc, word(second + at));
    third_crc = CRC_WORD(third_crc, word(third + at));
  }
  uint32_t shift = power_of_x(8 * (uint64_t)lane);
  crc = product(crc, shift) ^ second_crc;
  crc = product(crc, shift) ^ third_crc;
  return by_words(crc, bytes + 3 * lane, count - 3 * lane);
}

#endif

//===--- With carry-less multiplications of vectors -----------------------===//

#if defined(__x86_64__)

#define TARGET_FOLDING                                                         \
  __attribute__((target("avx512f,avx512vl,vpclmulqdq,pclmul,sse4.2")))

// Folding moves 128 bits by a distance: it multiplies them by x^distance mod P.
// The lower 64 bits have the higher powers, so the product is
// x^(distance + 32) * lower + x^(distance - 32) * upper. The exponents account
// for remainders that fill the lower 32 of 64 bits, and for products of 64-bit
// integers that lie 1 bit too low. The tables have the factors of the lower and
// the upper half, for distances of 2048 and 512 bits.
static const uint64_t folding_2048[2] = {0x0DCB17AA4, 0x0B9E02B86};
static const uint64_t folding_512[2] = {0x0740EEF02, 0x09E4ADDF8};

TARGET_FOLDING static inline __m512i fold(__m512i value, __m512i factors,
                                          __m512i next) {
  return _mm512_ternarylogic_epi64(
      _mm512_clmulepi64_epi128(value, factors, 0x00),
      _mm512_clmulepi64_epi128(value, factors, 0x11), next, 0x96);
}

enum { vector = 64, row = 4 * vector };

// Vectors of a row, each the sum of what was folded onto it from earlier rows.
typedef struct {
  __m512i factors, sums[4];
} folding;

TARGET_FOLDING static inline __m512i broadcast(const uint64_t *factors) {
  return _mm512_broadcast_i32x4(
      _mm_loadu_si128((const __m128i *)(const void *)factors));
}

// The checksum of the bytes before is added to the first 32 bits.
TARGET_FOLDING static inline folding begin_folding(uint32_t crc,
                                                   const uint8_t *bytes) {
  folding state = {.factors = broadcast(folding_2048)};
  for (int i = 0; i < 4; ++i)
    state.sums[i] = _mm512_loadu_si512(bytes + vector * i);
  state.sums[0] = _mm512_xor_si512(
      state.sums[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)crc)));
  return state;
}

TARGET_FOLDING static inline void fold_row(folding *state,
                                           const uint8_t *bytes) {
  for (int i = 0; i < 4; ++i)
    state->sums[i] = fold(state->sums[i], state->factors,
                          _mm512_loadu_si512(bytes + vector * i));
}

TARGET_FOLDING static inline uint32_t end_folding(folding *state) {
  __m512i factors = broadcast(folding_512);
  for (int i = 1; i < 4; ++i)
    state->sums[i] = fold(state->sums[i - 1], factors, state->sums[i]);
  uint8_t rest[vector];
  _mm512_storeu_si512(rest, state->sums[3]);
  return by_words(0, rest, vector);
}

// A block is 128 rows of vectors, and behind them three lanes of words. While
// the vector units fold a row, the CRC-32C instruction processes 5 words of
// each lane, which takes as long.
enum { steps = 128, lane_step = 40, lane = steps * lane_step };
enum { block = steps * row + 3 * lane };

// Factors that move a checksum by 3, 2 and 1 lanes: x^(8n - 33) mod P for n
// bytes. The product of 32 bits and the instruction together add x^33.
static const uint32_t move_by_lanes[3] = {0x278840ED, 0xE2F1A204, 0xCA110698};

TARGET_FOLDING static inline uint64_t moved(uint32_t crc, int lanes) {
  __m128i product =
      _mm_clmulepi64_si128(_mm_cvtsi32_si128((int)crc),
                           _mm_cvtsi32_si128((int)move_by_lanes[3 - lanes]), 0);
  return (uint64_t)_mm_cvtsi128_si64(product);
}

TARGET_FOLDING static uint32_t by_block(uint32_t crc, const uint8_t *bytes) {
  const uint8_t *lanes = bytes + steps * row;
  uint32_t first = 0, second = 0, third = 0;
  folding state = begin_folding(crc, bytes);
  for (int step = 0; step < steps; ++step, lanes += lane_step) {
    if (step > 0)
      fold_row(&state, bytes + step * row);
    for (int at = 0; at < lane_step; at += 8) {
      first = CRC_WORD(first, word(lanes + at));
      second = CRC_WORD(second, word(lanes + lane + at));
      third = CRC_WORD(third, word(lanes + 2 * lane + at));
    }
  }
  uint64_t sum =
      moved(end_folding(&state), 3) ^ moved(first, 2) ^ moved(second, 1);
  return CRC_WORD(0, sum) ^ third;
}

TARGET_FOLDING static uint32_t by_folding(uint32_t crc, const uint8_t *bytes,
                                          size_t count) {
  for (; count >= block; count -= block, bytes += block)
    crc = by_block(crc, bytes);
  if (count >= 2 * row) {
    folding state = begin_folding(crc, bytes);
    for (bytes += row, count -= row; count >= row; bytes += row, count -= row)
      fold_row(&state, bytes);
    crc = end_folding(&state);
  }
  return by_words(crc, bytes, count);
}

static bool has_folding(void) {
  return __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("vpclmulqdq") &&
         __builtin_cpu_supports("pclmul");
}

#endif

//===--- The choice -------------------------------------------------------===//

int safetensors_crc32c_fastest(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2"))
    return has_folding() ? SAFETENSORS_CRC_FOLDING : SAFETENSORS_CRC_LANES;
#elif defined(__aarch64__)
#if defined(__APPLE__)
  return SAFETENSORS_CRC_LANES; // Every processor of Apple's has the instruction.
#elif defined(__linux__)
  if (getauxval(AT_HWCAP) & (1 << 7)) // HWCAP_CRC32
    return SAFETENSORS_CRC_LANES;
#endif
#endif
  return SAFETENSORS_CRC_TABLE;
}

uint32_t safetensors_crc32c(int method, uint32_t crc, const void *bytes,
                            size_t count) {
  switch (method) {
#if defined(__x86_64__)
  case SAFETENSORS_CRC_FOLDING:
    return ~by_folding(~crc, bytes, count);
#endif
#if defined(TARGET_CRC)
  case SAFETENSORS_CRC_LANES:
    return ~by_lanes(~crc, bytes, count);
#endif
  default:
    return ~by_table(~crc, bytes, count);
  }
}

uint32_t safetensors_crc32c_joined(uint32_t first, uint32_t second,
                                   uint64_t second_count) {
  return product(first, power_of_x(8 * second_count)) ^ second;
}
