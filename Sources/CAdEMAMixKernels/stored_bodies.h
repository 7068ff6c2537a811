//===--- stored_bodies.h - a step on stored moments -*- C -*---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//
//
// Block by block. The codes of a block depend on its largest element, and that
// is known only when all have been updated: they wait in scratch. Follows
// block_bodies.h and kernel_bodies.h.
//
//===----------------------------------------------------------------------===//

// How far ahead memory is fetched, in elements. 256 to 1024 measure alike. A
// quarter of a block goes at a time: all at once would fill the processor's queue
// of misses, and wait.
#define STORED_AHEAD 512

// A run from one of its blocks on.
INLINE ademamix_stored_run NAME(run_at)(const ademamix_stored_run *run,
                                        size_t start) {
  return (ademamix_stored_run){
      .theta = run->theta + start,
      .gradients = run->gradients ? run->gradients + start : NULL,
      .narrow_gradients =
          run->narrow_gradients ? run->narrow_gradients + start : NULL,
      .narrow_theta = run->narrow_theta ? run->narrow_theta + start : NULL,
      .fast = ademamix_stored_at(run->fast, start),
      .slow = ademamix_stored_at(run->slow, start),
      .second = ademamix_stored_at(run->second, start),
  };
}

// Any block, one thing after the other.
APART void NAME(any_block)(size_t count, const ademamix_stored_run *run,
                           uint32_t key, const uint32_t *offsets,
                           const ademamix_coefficients *c) {
  _Alignas(64) float g[ADEMAMIX_BLOCK_LENGTH], moments[3][ADEMAMIX_BLOCK_LENGTH];
  const float *gradients = run->gradients;
  fetch(run->theta, 4 * STORED_AHEAD, 4 * count);
  if (run->narrow_gradients) {
    fetch(run->narrow_gradients, 2 * STORED_AHEAD, 2 * count);
    NAME(widen)(count, run->narrow_gradients, g);
    gradients = g;
  } else {
    fetch(gradients, 4 * STORED_AHEAD, 4 * count);
  }
  const ademamix_stored *stored[3] = {&run->fast, &run->slow, &run->second};
  double folds[3] = {c->fast_fold, c->slow_fold, c->second_fold};
  for (int m = run->fast.elements ? 0 : 1; m < 3; ++m) {
    size_t width = ademamix_width(stored[m]->format);
    fetch(stored[m]->elements, width * STORED_AHEAD, width * count);
    NAME(load)(count, *stored[m], moments[m]);
    NAME(fold)(count, (SCALAR)folds[m], moments[m]);
  }
  float *fast = run->fast.elements ? moments[0] : NULL;
  if (fast)
    NAME(fused_span)(count, run->theta, gradients, fast, moments[1], moments[2],
                     true, NAME(narrowed)(c));
  else
    NAME(fused_span)(count, run->theta, gradients, NULL, moments[1], moments[2],
                     false, NAME(narrowed)(c));
  for (int m = fast ? 0 : 1; m < 3; ++m)
    NAME(store_keyed)(count, moments[m], key, offsets, *stored[m]);
  if (run->narrow_theta)
    NAME(narrow)(count, run->theta, run->narrow_theta);
}

// The formats of a loop that was made for them, and which of two forms
// gradients and parameters have.
typedef struct {
  bool is_special, has_fast, is_narrow;
  int fast, slow, second;
} NAME(formats);

// A block whose elements have been updated, and not yet been stored.
typedef struct {
  size_t start;
  uint32_t key, fast_top, slow_top, second_top;
  _Alignas(64) float fast[ADEMAMIX_BLOCK_LENGTH], slow[ADEMAMIX_BLOCK_LENGTH],
      second[ADEMAMIX_BLOCK_LENGTH];
} NAME(waiting);

INLINE void *NAME(elements_at)(int format, ademamix_stored moment,
                               size_t start) {
  return (char *)moment.elements + start * ademamix_width(format);
}

INLINE float NAME(top_at)(int format, ademamix_stored moment, size_t start) {
  return ademamix_has_tops(format) ? moment.tops[start / ADEMAMIX_BLOCK_LENGTH] : 0;
}

// Keeps an element that has to wait for its block, or stores it.
INLINE uint32_t NAME(keep)(int format, void *elements, size_t i, float x,
                           uint32_t r, float *waiting, uint32_t top) {
  if (!ademamix_has_tops(format)) {
    NAME(encode)(format, false, elements, i, x, 1, r);
    return 0;
  }
  waiting[i] = x;
  uint32_t magnitude = NAME(bits)(x) & 0x7fffffffu;
  return top < magnitude ? magnitude : top;
}

// Updates a whole block whose moments are usual, which `f` is constant for.
INLINE void NAME(update_block)(NAME(formats) f, const ademamix_stored_run *run,
                               NAME(waiting) *w, const uint32_t *offsets,
                               NAME(scalars) c) {
  size_t block = w->start;
  SCALAR *theta = run->theta + block;
  const SCALAR *g = f.is_narrow ? NULL : run->gradients + block;
  const uint16_t *narrow_g = f.is_narrow ? run->narrow_gradients + block : NULL;
  uint16_t *narrow_theta = f.is_narrow ? run->narrow_theta + block : NULL;
  void *m1 =
      f.has_fast ? NAME(elements_at)(f.fast, run->fast, block) : NULL;
  void *m2 = NAME(elements_at)(f.slow, run->slow, block);
  void *nu = NAME(elements_at)(f.second, run->second, block);
  float fast_factor = NAME(element_factor)(
      f.fast, f.has_fast ? NAME(top_at)(f.fast, run->fast, block) : 0);
  float slow_factor = NAME(element_factor)(
      f.slow, NAME(top_at)(f.slow, run->slow, block));
  float second_factor = NAME(element_factor)(
      f.second, NAME(top_at)(f.second, run->second, block));
  uint32_t key = w->key, fast_top = 0, slow_top = 0, second_top = 0;

  enum { PART = ADEMAMIX_BLOCK_LENGTH / 4 };
  for (size_t start = 0; start < ADEMAMIX_BLOCK_LENGTH; start += PART) {
    size_t next = start + STORED_AHEAD;
    fetch(theta, 4 * next, 4 * PART);
    if (f.is_narrow) {
      fetch(narrow_g, 2 * next, 2 * PART);
      fetch(narrow_theta, 2 * next, 2 * PART);
    } else {
      fetch(g, 4 * next, 4 * PART);
    }
    size_t widths[3] = {f.has_fast ? ademamix_width(f.fast) : 0,
                        ademamix_width(f.slow), ademamix_width(f.second)};
    fetch(m1, widths[0] * next, widths[0] * PART);
    fetch(m2, widths[1] * next, widths[1] * PART);
    fetch(nu, widths[2] * next, widths[2] * PART);
#pragma clang loop vectorize(assume_safety)
    for (size_t i = start; i < start + PART; ++i) {
      SCALAR x = f.is_narrow ? NAME(widened)(narrow_g[i]) : g[i];
      SCALAR fast =
          f.has_fast ? NAME(decoded)(f.fast, false, m1, i, fast_factor) +
                           c.fast_gain * x
                     : x;
      SCALAR slow =
          NAME(decoded)(f.slow, false, m2, i, slow_factor) + c.slow_gain * x;
      SCALAR second = NAME(decoded)(f.second, false, nu, i, second_factor) +
                      c.second_gain * (x * x);
      theta[i] = NAME(moved)(
          theta[i], NAME(direction_of)(fast, slow, second, c), c.decay);
      if (f.is_narrow)
        narrow_theta[i] = NAME(narrowed_element)(theta[i]);
      uint32_t r = (key + offsets[i]) >> 16;
      if (f.has_fast)
        fast_top = NAME(keep)(f.fast, m1, i, fast, r, w->fast, fast_top);
      slow_top = NAME(keep)(f.slow, m2, i, slow, r, w->slow, slow_top);
      second_top = NAME(keep)(f.second, nu, i, second, r, w->second, second_top);
    }
  }
  w->fast_top = fast_top;
  w->slow_top = slow_top;
  w->second_top = second_top;
}

INLINE void NAME(store_kept)(int format, ademamix_stored moment, size_t start,
                             const float *kept, uint32_t top, uint32_t key,
                             const uint32_t *offsets) {
  if (ademamix_has_tops(format))
    moment.tops[start / ADEMAMIX_BLOCK_LENGTH] = NAME(store_block)(
        format, ADEMAMIX_BLOCK_LENGTH, kept, top, key, offsets,
        NAME(elements_at)(format, moment, start));
}

INLINE void NAME(store_waiting)(NAME(formats) f, const ademamix_stored_run *run,
                                const NAME(waiting) *w,
                                const uint32_t *offsets) {
  if (f.has_fast)
    NAME(store_kept)(f.fast, run->fast, w->start, w->fast, w->fast_top, w->key,
                     offsets);
  NAME(store_kept)(f.slow, run->slow, w->start, w->slow, w->slow_top, w->key,
                   offsets);
  NAME(store_kept)(f.second, run->second, w->start, w->second, w->second_top,
                   w->key, offsets);
}

// Whether a block's elements can be decoded without checks.
INLINE bool NAME(is_usual)(int format, ademamix_stored moment, size_t start) {
  float top = NAME(top_at)(format, moment, start);
  return !ademamix_has_tops(format) || top >= LEAST_TOP || NAME(bits)(top) == 0;
}

// All blocks of a run. While one is updated, the one before waits: the division
// by its largest element would hold up the processor otherwise, some 10 %.
INLINE void NAME(stored_loop)(NAME(formats) f, size_t count,
                              const ademamix_stored_run *run,
                              ademamix_rounding rounding,
                              const ademamix_coefficients *coefficients) {
  NAME(scalars) c = NAME(narrowed)(coefficients);
  bool folds = (f.has_fast && coefficients->fast_fold != 1) ||
               coefficients->slow_fold != 1 || coefficients->second_fold != 1;
  uint32_t offsets[ADEMAMIX_BLOCK_LENGTH];
  NAME(weyl_offsets)(offsets);
  NAME(waiting) blocks[2];
  NAME(waiting) *last = NULL;
  for (size_t start = 0; start < count || last;
       start += ADEMAMIX_BLOCK_LENGTH) {
    NAME(waiting) *now = NULL;
    bool is_whole = start + ADEMAMIX_BLOCK_LENGTH <= count;
    if (f.is_special && is_whole && !folds &&
        (!f.has_fast || NAME(is_usual)(f.fast, run->fast, start)) &&
        NAME(is_usual)(f.slow, run->slow, start) &&
        NAME(is_usual)(f.second, run->second, start)) {
      now = last == blocks ? blocks + 1 : blocks;
      now->start = start;
      now->key = NAME(block_key)(rounding, start);
      NAME(update_block)(f, run, now, offsets, c);
    } else if (start < count) {
      ademamix_stored_run block = NAME(run_at)(run, start);
      NAME(any_block)(is_whole ? ADEMAMIX_BLOCK_LENGTH : count - start, &block,
                      NAME(block_key)(rounding, start), offsets, coefficients);
    }
    if (last)
      NAME(store_waiting)(f, run, last, offsets);
    last = now;
  }
}

// The presets of the library, and Float moments with narrow parameters, have
// loops of their own: they take 0.5 to 0.8 of the time of `any_block`.
static TARGET void NAME(fused_stored)(size_t count,
                                      const ademamix_stored_run *run,
                                      ademamix_rounding rounding,
                                      const ademamix_coefficients *c) {
  bool has_fast = run->fast.elements, is_narrow = run->narrow_gradients;
#define SPECIAL(FAST, SLOW, SECOND)                                            \
  if ((!has_fast || run->fast.format == FAST) && run->slow.format == SLOW &&   \
      run->second.format == SECOND && is_narrow == !!run->narrow_theta) {      \
    if (has_fast && is_narrow)                                                 \
      SPECIAL_LOOP(true, true, FAST, SLOW, SECOND)                             \
    if (has_fast)                                                              \
      SPECIAL_LOOP(true, false, FAST, SLOW, SECOND)                            \
    if (is_narrow)                                                             \
      SPECIAL_LOOP(false, true, FAST, SLOW, SECOND)                            \
    SPECIAL_LOOP(false, false, FAST, SLOW, SECOND)                             \
  }
#define SPECIAL_LOOP(HAS_FAST, IS_NARROW, FAST, SLOW, SECOND)                  \
  {                                                                            \
    const NAME(formats) f = {true, HAS_FAST, IS_NARROW, FAST, SLOW, SECOND};   \
    return NAME(stored_loop)(f, count, run, rounding, c);                \
  }
  SPECIAL(ADEMAMIX_BFLOAT16, ADEMAMIX_INT16, ADEMAMIX_UINT16)
  SPECIAL(ADEMAMIX_INT8, ADEMAMIX_INT16, ADEMAMIX_UINT8)
  SPECIAL(ADEMAMIX_FLOAT32, ADEMAMIX_FLOAT32, ADEMAMIX_FLOAT32)
  NAME(stored_loop)((NAME(formats)){0}, count, run, rounding, c);
}
