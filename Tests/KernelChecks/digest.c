//===--- digest.c - output in one number, and what is wrong with it -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "checks.h"

#include <stdarg.h>

FILE *lines;
size_t failures;

static char name[160];
static uint64_t digest;

void begin(const char *kernel, const char *format, ...) {
  int length = snprintf(name, sizeof name, "%s: ", kernel);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(name + length, sizeof name - (size_t)length, format, arguments);
  va_end(arguments);
  digest = 0xcbf29ce484222325u;
}

// FNV-1a (Fowler, Noll and Vo), lowest byte first on every processor.
static void take(uint64_t bits, int bytes) {
  for (int i = 0; i < bytes; ++i)
    digest = (digest ^ ((bits >> 8 * i) & 0xff)) * 0x100000001b3u;
}

void take_f32(size_t count, const float *x) {
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    take(isnan(x[i]) ? 0x7fc00000u : bits, 4);
  }
}

void take_f64(size_t count, const double *x) {
  for (size_t i = 0; i < count; ++i) {
    uint64_t bits;
    memcpy(&bits, x + i, sizeof bits);
    take(isnan(x[i]) ? 0x7ff8000000000000u : bits, 8);
  }
}

void take_bfloat16(size_t count, const uint16_t *x) {
  for (size_t i = 0; i < count; ++i)
    take((x[i] & 0x7fff) > 0x7f80 ? 0x7fc0 : x[i], 2);
}

void take_bytes(size_t count, const void *x) {
  for (size_t i = 0; i < count; ++i)
    take(((const uint8_t *)x)[i], 1);
}

void expect(bool holds, const char *format, ...) {
  if (holds)
    return;
  ++failures;
  if (failures > 20)
    return;
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "kernel checks: %s: ", name);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
}

// The room of the case.
static void *rooms[1024];
static size_t room_count;

void *room(size_t count, size_t size) {
  if (room_count == sizeof rooms / sizeof *rooms)
    abort();
  char *start = malloc((count + 1) * size);
  if (!start)
    abort();
  rooms[room_count++] = start;
  return start + size;
}

void *copied(size_t count, size_t size, const void *elements) {
  return memcpy(room(count, size), elements, count * size);
}

void end(void) {
  fprintf(lines, "%016llx %s\n", (unsigned long long)digest, name);
  while (room_count)
    free(rooms[--room_count]);
}
