//===--- BLASEngine.swift - moments by axpy and scal, tile by tile --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The update of ``StepCoefficients``, tile by tile: the moments through CBLAS,
/// the square of the gradient and the parameters in C.
///
/// Everything is done to a tile before the next, so that each byte crosses the
/// memory bus once. A tile is far below the size at which OpenBLAS starts
/// threads of its own. `squares` is scratch for the squared gradients of a tile.
func blasUpdate<Scalar: OptimizerScalar>(
  _ run: Run<Scalar>, _ instructionSet: InstructionSet,
  squares: UnsafeMutablePointer<Scalar>
) {
  let tileCount = TilePlan.tileCount(of: Scalar.self)
  let routines = Scalar._routines
  var start = 0
  while start < run.count {
    let tile = unsafe run.tile(
      from: start, count: min(tileCount, run.count - start),
      gradients: run.gradients + start)
    unsafe blasAverage(tile, routines, instructionSet, squares: squares)
    unsafe routines.update(
      instructionSet, tile.count, tileCount, tile.parameters,
      tile.fastOrGradients, tile.slow, tile.second, tile.coefficients)
    start += tileCount
  }
}

/// The moments' part of the update, for one tile. The routines come from the
/// caller, since fetching them takes as long as a call.
@inline(__always)
func blasAverage<Scalar: OptimizerScalar>(
  _ tile: Run<Scalar>, _ routines: _ScalarRoutines<Scalar>,
  _ instructionSet: InstructionSet, squares: UnsafeMutablePointer<Scalar>
) {
  let c = tile.coefficients

  unsafe routines.square(
    instructionSet, tile.count, TilePlan.tileCount(of: Scalar.self),
    tile.gradients, tile.parameters, squares)
  if let fast = unsafe tile.fast {
    unsafe routines.takeIn(tile.count, c.fast, tile.gradients, into: fast)
  }
  unsafe routines.takeIn(tile.count, c.slow, tile.gradients, into: tile.slow)
  unsafe routines.takeIn(tile.count, c.second, squares, into: tile.second)
}
