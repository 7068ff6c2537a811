//===--- FusedEngine.swift - the whole step in one pass -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The update of ``StepCoefficients`` in one C kernel.
func fusedStep<Scalar: OptimizerScalar>(
  _ run: StepOperands<Scalar>, _ table: KernelTable<Scalar>
) {
  var c = run.coefficients.kernel
  if run.coefficients.isRestrained {
    var restraint = run.coefficients.restraint
    return unsafe table.kernels.pointee.fused_restrained(
      run.count, run.parameters, run.gradients, run.fast, run.slow, run.second,
      &c, &restraint)
  }
  unsafe table.kernels.pointee.fused(
    run.count, run.parameters, run.gradients, run.fast, run.slow, run.second,
    &c)
}
