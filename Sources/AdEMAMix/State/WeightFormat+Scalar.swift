//===--- WeightFormat+Scalar.swift - forms of weights of a scalar type ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension WeightFormat {
  /// Checks that weights of a scalar type can have the form, and that an engine
  /// works on it.
  package func check<Scalar: OptimizerScalar>(
    _ engine: StepEngine?, in _: Scalar.Type
  ) throws(AdEMAMixError) {
    if self == .scalar { return }
    guard Scalar.self == Float.self else { throw .splitWeightsNeedFloat }
    if let engine, engine != .fused {
      throw .storageNeedsFusedEngine(engine, group: nil)
    }
  }
}
