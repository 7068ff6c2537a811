//===--- instruction_marks.c - where callgrind counts ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "CInstructionMarks.h"

// Each has a number of its own in a register: a linker may make one function of
// two that have the same instructions.
void counting_begins(void) { __asm__ volatile("" : : "r"(1)); }
void counting_ends(void) { __asm__ volatile("" : : "r"(2)); }
