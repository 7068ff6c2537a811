//===--- processor.c - what there is to run on ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE // for sched_getaffinity
#include "CAdEMAMixKernels.h"

#include <sched.h>
#include <unistd.h>

int ademamix_widest_instruction_set(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
    return ADEMAMIX_AVX512;
  if (__builtin_cpu_supports("avx2"))
    return ADEMAMIX_AVX2;
#endif
  return ADEMAMIX_BASELINE;
}

int ademamix_available_processor_count(void) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    return CPU_COUNT(&allowed);
#endif
  // More processors than the set holds, or a system without such sets.
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
}
