//===--- Float+OptimizerScalar.swift - Float's routines -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels
internal import COpenBLAS

extension Float: OptimizerScalar {
  /// The routines of this type. Not for clients.
  public static let _routines = unsafe _ScalarRoutines<Float>(
    blas: { unsafe blasUpdate($0, $1, squares: $2) },
    fused: { run, instructionSet in
      var c = ademamix_coefficients(run.coefficients)
      unsafe ademamix_fused_f32(
        instructionSet.rawValue, run.count, run.parameters, run.gradients,
        run.fast, run.slow, run.second, &c)
    },
    reference: { referenceUpdate($0) },
    staged: { unsafe $0.run(into: $1) },
    firstNegative: { unsafe ademamix_first_negative_f32($0, $1) },
    axpy: { unsafe cblas_saxpy(blasint($0), $1, $2, 1, $3, 1) },
    scal: { unsafe cblas_sscal(blasint($0), $1, $2, 1) },
    swap: { unsafe cblas_sswap(blasint($0), $1, 1, $2, 1) },
    square: { unsafe ademamix_square_f32($0.rawValue, $1, $2, $3, $4, $5) },
    update: { instructionSet, count, ahead, theta, fast, slow, second, c in
      var c = ademamix_coefficients(c)
      unsafe ademamix_update_f32(
        instructionSet.rawValue, count, ahead, theta, fast, slow, second, &c)
    },
    squareSum: {
      unsafe ademamix_square_sum_f32($0.rawValue, $1, $2, $3, $4, $5, $6)
    },
    accumulate: {
      unsafe ademamix_accumulate_f32($0.rawValue, $1, $2, $3, $4, $5, $6)
    },
    treat: {
      instructionSet, count, ahead, g, sum, residue, treatment, treated in
      var treatment = treatment
      unsafe ademamix_treat_f32(
        instructionSet.rawValue, count, ahead, g, sum, residue, &treatment,
        treated)
    },
    average: { instructionSet, ahead, run in
      var c = ademamix_coefficients(run.coefficients)
      unsafe ademamix_average_f32(
        instructionSet.rawValue, run.count, ahead, run.parameters,
        run.gradients, run.fast, run.slow, run.second, &c)
    },
    direction: { instructionSet, ahead, run, direction in
      var c = ademamix_coefficients(run.coefficients)
      unsafe ademamix_direction_f32(
        instructionSet.rawValue, run.count, ahead, run.fastOrGradients,
        run.slow, run.second, direction, &c)
    },
    apply: { unsafe ademamix_apply_f32($0.rawValue, $1, $2, $3, $4) },
    agreement: { unsafe ademamix_agreement_f32($0.rawValue, $1, $2, $3) },
    mask: { unsafe ademamix_mask_f32($0.rawValue, $1, $2, $3) },
    excess: { instructionSet, run, factor in
      var c = ademamix_coefficients(run.coefficients)
      return unsafe ademamix_excess_f32(
        instructionSet.rawValue, run.count, run.gradients, factor, run.second,
        &c)
    },
    measure: { instructionSet, run, direction, measurement in
      unsafe ademamix_measure_f32(
        instructionSet.rawValue, run.count, run.gradients, run.fastOrGradients,
        run.slow, run.second, direction, &measurement)
    })
}
