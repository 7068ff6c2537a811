//===--- instruction_marks.c - where callgrind counts ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "CInstructionMarks.h"

// Assembly without instructions keeps the linker from making one of the two.
void counting_begins(void) { __asm__ volatile("# begins"); }
void counting_ends(void) { __asm__ volatile("# ends"); }
