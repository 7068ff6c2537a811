//===--- ceiling_body.h - one instruction set -*- C -*---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// The loop in its two forms, included by ceiling.h once for each scalar type
// and instruction set, with SCALAR, NAME(function) and TARGET defined.
//
//===----------------------------------------------------------------------===//

#define INLINE static inline __attribute__((always_inline)) TARGET

// Four cache lines a stream, between two rounds of prefetching.
#define BLOCK (256 / sizeof(SCALAR))
#define AHEAD (1024 / sizeof(SCALAR))

INLINE void NAME(add)(size_t count, SCALAR *restrict a, SCALAR *restrict b,
                      SCALAR *restrict c, SCALAR *restrict d,
                      const SCALAR *restrict e) {
  for (size_t i = 0; i < count; ++i) {
    a[i] += e[i];
    b[i] += e[i];
    c[i] += e[i];
    d[i] += e[i];
  }
}

// A prefetch never faults, so it may reach past the end of a stream.
INLINE void NAME(fetch)(const SCALAR *address) {
  for (int line = 0; line < 4; ++line)
    __builtin_prefetch((const char *)address + 64 * line, 0, 3);
}

static TARGET void NAME(ceiling)(bool prefetching, size_t count, SCALAR *a,
                                 SCALAR *b, SCALAR *c, SCALAR *d,
                                 const SCALAR *e) {
  if (!prefetching)
    return NAME(add)(count, a, b, c, d, e);
  size_t i = 0;
  for (; i + BLOCK <= count; i += BLOCK) {
    NAME(fetch)(a + i + AHEAD);
    NAME(fetch)(b + i + AHEAD);
    NAME(fetch)(c + i + AHEAD);
    NAME(fetch)(d + i + AHEAD);
    NAME(fetch)(e + i + AHEAD);
    NAME(add)(BLOCK, a + i, b + i, c + i, d + i, e + i);
  }
  NAME(add)(count - i, a + i, b + i, c + i, d + i, e + i);
}

#undef AHEAD
#undef BLOCK
#undef INLINE
