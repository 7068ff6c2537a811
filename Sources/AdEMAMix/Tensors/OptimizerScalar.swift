//===--- OptimizerScalar.swift - the two types an optimizer works on ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A floating-point type that an optimizer can work on: `Float` or `Double`.
///
/// Do not conform other types: BLAS and the kernels exist for these two.
public protocol OptimizerScalar: BinaryFloatingPoint, TensorElement {}
