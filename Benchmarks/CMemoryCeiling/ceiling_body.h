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

#define AHEAD 1024

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

static TARGET void NAME(ceiling)(bool prefetching, size_t count, SCALAR *a,
                                 SCALAR *b, SCALAR *c, SCALAR *d,
                                 const SCALAR *e) {
  if (!prefetching)
    return NAME(add)(count, a, b, c, d, e);
  size_t i = 0;
  for (; i + BLOCK <= count; i += BLOCK) {
    fetch_block(a + i, AHEAD);
    fetch_block(b + i, AHEAD);
    fetch_block(c + i, AHEAD);
    fetch_block(d + i, AHEAD);
    fetch_block(e + i, AHEAD);
    NAME(add)(BLOCK, a + i, b + i, c + i, d + i, e + i);
  }
  NAME(add)(count - i, a + i, b + i, c + i, d + i, e + i);
}

#undef AHEAD
