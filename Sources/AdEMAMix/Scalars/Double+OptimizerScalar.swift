//===--- Double+OptimizerScalar.swift - Double's routines -----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels
internal import COpenBLAS

extension Double: OptimizerScalar {
  /// The routines of this type. Not for clients.
  public static let _routines = unsafe _ScalarRoutines<Double>(
    blas: { unsafe blasUpdate($0, $1, squares: $2) },
    fused: { run, instructionSet in
      var c = ademamix_coefficients(run.coefficients)
      unsafe ademamix_fused_f64(
        instructionSet.rawValue, run.count, run.parameters, run.gradients,
        run.fast, run.slow, run.second, &c)
    },
    reference: { referenceUpdate($0) },
    axpy: { unsafe cblas_daxpy(blasint($0), $1, $2, 1, $3, 1) },
    scal: { unsafe cblas_dscal(blasint($0), $1, $2, 1) },
    square: { unsafe ademamix_square_f64($0.rawValue, $1, $2, $3, $4, $5) },
    update: { instructionSet, count, ahead, theta, fast, slow, second, c in
      var c = ademamix_coefficients(c)
      unsafe ademamix_update_f64(
        instructionSet.rawValue, count, ahead, theta, fast, slow, second, &c)
    })
}
