//===--- names.h - names that end in a scalar type's suffix -*- C -*-------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Include with SUFFIX defined.
//
//===----------------------------------------------------------------------===//

#ifndef KERNEL_CHECK_NAMES_H
#define KERNEL_CHECK_NAMES_H

#define JOIN_TOKENS(A, B) A##_##B
#define JOIN(A, B) JOIN_TOKENS(A, B)
#define NAME(FUNCTION) JOIN(FUNCTION, SUFFIX)

#define QUOTE_TOKENS(A) #A
#define QUOTE(A) QUOTE_TOKENS(A)
#define KERNEL(FUNCTION) FUNCTION "_" QUOTE(SUFFIX)

#endif
