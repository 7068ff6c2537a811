//===--- TensorElement.swift - a number that tensors have -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A type of number that tensors have: `Float`, `Double` or ``BFloat16``.
///
/// Do not conform other types: kernels exist for these three.
public protocol TensorElement: BitwiseCopyable, Sendable, TensorTree
where Scalar == Self {}
