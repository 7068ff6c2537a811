//===--- CInstructionMarks.h - where callgrind counts -*- C -*-------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef INSTRUCTION_MARKS_H
#define INSTRUCTION_MARKS_H

/// Two functions that do nothing. Callgrind knows their names, and counts from
/// the call of the first to that of the second.
void counting_begins(void);
void counting_ends(void);

#endif
