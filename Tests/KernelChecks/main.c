//===--- main.c - checks the kernels of every instruction set -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Prints a digest of what each kernel makes of each case, the same on every
// processor, and fails if a check does or if an instruction set differs.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE // for open_memstream
#include "checks.h"

static const char *const set_names[] = {"baseline", "AVX2", "AVX-512"};

const ademamix_kernels *kernels_f32, *kernels_f64;
const ademamix_quantized_kernels *kernels_quantized;

static char *digests(int set) {
  kernels_f32 = ademamix_kernels_f32(set);
  kernels_f64 = ademamix_kernels_f64(set);
  kernels_quantized = ademamix_kernels_quantized(set);
  char *text;
  size_t size;
  lines = open_memstream(&text, &size);
  check_steps_f32();
  check_steps_f64();
  check_options_f32();
  check_options_f64();
  check_bfloat16();
  check_blocks();
  check_rounding();
  check_quantized_steps();
  check_split();
  check_restrained_f32();
  check_restrained_f64();
  fclose(lines);
  return text;
}

// Names the lines of `text` that `baseline` has not. Both have as many.
static void compare(const char *text, const char *baseline, int set) {
  while (*text) {
    size_t length = strcspn(text, "\n");
    if (strncmp(text, baseline, length + 1) != 0) {
      fprintf(stderr, "kernel checks: on %s: %.*s\n", set_names[set],
              (int)length, text);
      ++failures;
    }
    text += length + 1;
    baseline += strcspn(baseline, "\n") + 1;
  }
}

int main(void) {
  char *baseline = digests(ADEMAMIX_BASELINE);
  fputs(baseline, stdout);
  fprintf(stderr, "kernel checks: ran on baseline");
  for (int set = 1; set <= ademamix_widest_instruction_set(); ++set) {
    char *text = digests(set);
    fprintf(stderr, ", %s", set_names[set]);
    compare(text, baseline, set);
    free(text);
  }
  fputc('\n', stderr);
  free(baseline);
  if (failures)
    fprintf(stderr, "kernel checks: %zu failures\n", failures);
  return failures != 0;
}
