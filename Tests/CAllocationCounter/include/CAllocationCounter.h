//===--- CAllocationCounter.h - counts calls of malloc --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

/// The number of allocations that the calling thread has made, or -1 where
/// they cannot be counted: a sanitizer has taken the allocator's place.
long allocation_count(void);

/// The bytes that the calling thread has asked for, ever.
long allocated_byte_count(void);

#endif
