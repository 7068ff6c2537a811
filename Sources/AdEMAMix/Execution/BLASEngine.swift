//===--- BLASEngine.swift - moments by axpy and scal, tile by tile --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The update of ``StepCoefficients``, tile by tile: the moments through CBLAS,
/// the square of the gradient and the parameters in C.
///
/// Everything is done to a tile before the next, so that each byte crosses the
/// memory bus once. A tile is far below the size at which OpenBLAS starts
/// threads of its own. `scratch` is for two tiles.
func blasStep<Scalar: OptimizerScalar>(
  _ run: StepOperands<Scalar>, _ table: KernelTable<Scalar>,
  scratch: UnsafeMutablePointer<Scalar>
) {
  if run.coefficients.isRestrained {
    // BLAS has no routine that leaves elements out.
    return run.coefficients.restraint.skips
      ? fusedStep(run, table)
      : unsafe blasRestrainedStep(run, table, scratch: scratch)
  }
  let tileLength = TileGrid.tileLength(of: Scalar.self)
  var c = run.coefficients.kernel
  var start = 0
  while start < run.count {
    var tile = unsafe run.tile(
      from: start, count: min(tileLength, run.count - start),
      gradients: run.gradients + start)
    unsafe blasUpdateMoments(&tile, table, scratch: scratch)
    unsafe table.kernels.pointee.update_parameters(
      tile.count, tileLength, tile.parameters, tile.fastOrGradients, tile.slow,
      tile.second, &c)
    start += tileLength
  }
}

/// The moments' part of the update, for one tile. The tile gets other gradients
/// if some are beyond the limit.
@inline(__always)
func blasUpdateMoments<Scalar: OptimizerScalar>(
  _ tile: inout StepOperands<Scalar>, _ table: KernelTable<Scalar>,
  scratch: UnsafeMutablePointer<Scalar>
) {
  let c = tile.coefficients
  let tileLength = TileGrid.tileLength(of: Scalar.self)
  let squares = unsafe scratch
  func square() -> Bool {
    unsafe table.kernels.pointee.square(
      tile.count, tileLength, c.kernel.limit, tile.gradients, tile.parameters,
      squares)
  }

  if square(),
    unsafe tile.clampGradients(
      to: c.kernel.limit, table, into: scratch + tileLength)
  {
    _ = square()
  }
  if let fast = unsafe tile.fast {
    unsafe BLAS.update(
      tile.count, c.fast, tile.gradients, into: fast, flushing: table)
  }
  unsafe BLAS.update(
    tile.count, c.slow, tile.gradients, into: tile.slow, flushing: table)
  unsafe BLAS.update(tile.count, c.second, squares, into: tile.second)
}

/// The step of a group whose direction is limited, tile by tile.
private func blasRestrainedStep<Scalar: OptimizerScalar>(
  _ run: StepOperands<Scalar>, _ table: KernelTable<Scalar>,
  scratch: UnsafeMutablePointer<Scalar>
) {
  let tileLength = TileGrid.tileLength(of: Scalar.self)
  var c = run.coefficients.kernel
  var restraint = run.coefficients.restraint
  for start in stride(from: 0, to: run.count, by: tileLength) {
    var tile = unsafe run.tile(
      from: start, count: min(tileLength, run.count - start),
      gradients: run.gradients + start)
    unsafe blasUpdateMoments(&tile, table, scratch: scratch)
    unsafe table.kernels.pointee.update_restrained_parameters(
      tile.count, tileLength, tile.parameters, tile.gradients, tile.fast,
      tile.slow, tile.second, &c, &restraint)
  }
}
