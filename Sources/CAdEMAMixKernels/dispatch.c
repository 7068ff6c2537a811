//===--- dispatch.c - looks up the table of an instruction set ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "loops.h"

const ademamix_kernels *ademamix_kernels_f32(int instruction_set) {
  switch (instruction_set) {
#if defined(__x86_64__)
  case ADEMAMIX_AVX512: return ademamix_f32_avx512;
  case ADEMAMIX_AVX2: return ademamix_f32_avx2;
#endif
  default: return ademamix_f32_baseline;
  }
}

const ademamix_kernels *ademamix_kernels_f64(int instruction_set) {
  switch (instruction_set) {
#if defined(__x86_64__)
  case ADEMAMIX_AVX512: return ademamix_f64_avx512;
  case ADEMAMIX_AVX2: return ademamix_f64_avx2;
#endif
  default: return ademamix_f64_baseline;
  }
}

const ademamix_quantized_kernels *
ademamix_kernels_quantized(int instruction_set) {
  switch (instruction_set) {
#if defined(__x86_64__)
  case ADEMAMIX_AVX512: return ademamix_quantized_avx512;
  case ADEMAMIX_AVX2: return ademamix_quantized_avx2;
#endif
  default: return ademamix_quantized_baseline;
  }
}
