//===--- allocation_counter.c - counts calls of malloc --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

// An executable's own malloc takes the place of glibc's for the whole process.
// These count, and pass the call on to the names glibc keeps for that purpose.

#include "CAllocationCounter.h"

#include <errno.h>
#include <stddef.h>

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)

long allocation_count(void) { return -1; }

long allocated_byte_count(void) { return 0; }

#else

static _Thread_local long count;
static _Thread_local long bytes;

long allocation_count(void) { return count; }

long allocated_byte_count(void) { return bytes; }

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  ++count;
  bytes += size;
  return __libc_malloc(size);
}

void *calloc(size_t members, size_t size) {
  ++count;
  bytes += members * size;
  return __libc_calloc(members, size);
}

void *realloc(void *memory, size_t size) {
  ++count;
  bytes += size;
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  ++count;
  bytes += size;
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *result = memalign(alignment, size);
  if (!result)
    return ENOMEM;
  *memory = result;
  return 0;
}

#endif
