//===--- BLASEngine.swift - moments by axpy and scal, tile by tile --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The update of ``StepCoefficients``, tile by tile: the moments through CBLAS,
/// the square of the gradient and the parameters in C.
///
/// Everything is done to a tile before the next, so that each byte crosses the
/// memory bus once. A tile is far below the size at which OpenBLAS starts
/// threads of its own. `scratch` is for seven tiles.
func blasStep<Scalar: OptimizerScalar>(
  _ run: StepOperands<Scalar>, _ table: KernelTable<Scalar>,
  scratch: UnsafeMutablePointer<Scalar>
) {
  if run.coefficients.isRestrained {
    return unsafe blasRestrainedStep(run, table, scratch: scratch)
  }
  let tileCount = TileGrid.tileCount(of: Scalar.self)
  var c = run.coefficients.kernel
  var start = 0
  while start < run.count {
    var tile = unsafe run.tile(
      from: start, count: min(tileCount, run.count - start),
      gradients: run.gradients + start)
    unsafe blasUpdateMoments(&tile, table, scratch: scratch)
    unsafe table.kernels.pointee.update_parameters(
      tile.count, tileCount, tile.parameters, tile.fastOrGradients, tile.slow,
      tile.second, &c)
    start += tileCount
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
  let tileCount = TileGrid.tileCount(of: Scalar.self)
  let squares = unsafe scratch
  func square() -> Bool {
    unsafe table.kernels.pointee.square(
      tile.count, tileCount, c.kernel.limit, tile.gradients, tile.parameters,
      squares)
  }

  if square(),
    unsafe tile.clampGradients(
      to: c.kernel.limit, table, into: scratch + tileCount)
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

/// The step of a restrained group, tile by tile.
private func blasRestrainedStep<Scalar: OptimizerScalar>(
  _ run: StepOperands<Scalar>, _ table: KernelTable<Scalar>,
  scratch: UnsafeMutablePointer<Scalar>
) {
  let tileCount = TileGrid.tileCount(of: Scalar.self)
  var c = run.coefficients.kernel
  var restraint = run.coefficients.restraint
  for start in stride(from: 0, to: run.count, by: tileCount) {
    let tile = unsafe run.tile(
      from: start, count: min(tileCount, run.count - start),
      gradients: run.gradients + start)
    if restraint.skips {
      guard unsafe blasUpdateActiveMoments(tile, table, scratch: scratch)
      else { continue }
    } else {
      var clamped = tile
      unsafe blasUpdateMoments(&clamped, table, scratch: scratch)
    }
    unsafe table.kernels.pointee.update_restrained_parameters(
      tile.count, tileCount, tile.parameters, tile.gradients, tile.fast,
      tile.slow, tile.second, &c, &restraint)
  }
}

/// The moments' part of the update of a group that skips gradients of 0, for
/// one tile: a kernel writes the change of each moment, which is 0 for an
/// element that is skipped, and axpy adds the changes.
///
/// - Returns: Whether any element has changed.
func blasUpdateActiveMoments<Scalar: OptimizerScalar>(
  _ tile: StepOperands<Scalar>, _ table: KernelTable<Scalar>,
  scratch: UnsafeMutablePointer<Scalar>
) -> Bool {
  let tileCount = TileGrid.tileCount(of: Scalar.self)
  var c = tile.coefficients.kernel
  var restraint = tile.coefficients.restraint
  // Moments of the scalar type are decoded nowhere: their scratch is free.
  let changes = unsafe scratch + 3 * tileCount
  guard
    unsafe table.kernels.pointee.active_changes(
      tile.count, tileCount, tile.parameters, tile.gradients, tile.fast,
      tile.slow, tile.second, &c, &restraint, changes, changes + tileCount,
      changes + 2 * tileCount)
  else { return false }
  if let fast = unsafe tile.fast {
    unsafe BLAS.axpy(tile.count, 1, changes, fast)
  }
  unsafe BLAS.axpy(tile.count, 1, changes + tileCount, tile.slow)
  unsafe BLAS.axpy(tile.count, 1, changes + 2 * tileCount, tile.second)
  return true
}
