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
  var start = 0
  while start < run.count {
    let tile = unsafe run.tile(
      from: start, count: min(tileCount, run.count - start),
      gradients: run.gradients + start)
    unsafe blasAverage(tile, instructionSet, squares: squares)
    unsafe Scalar._routines.update(
      instructionSet, tile.count, tileCount, tile.parameters,
      tile.fastOrGradients, tile.slow, tile.second, tile.coefficients)
    start += tileCount
  }
}

/// The moments' part of the update, for one tile.
func blasAverage<Scalar: OptimizerScalar>(
  _ tile: Run<Scalar>, _ instructionSet: InstructionSet,
  squares: UnsafeMutablePointer<Scalar>
) {
  let routines = Scalar._routines
  let c = tile.coefficients

  func average(
    _ update: LazyScale.Update, _ values: UnsafePointer<Scalar>,
    into moment: UnsafeMutablePointer<Scalar>
  ) {
    let fold = Scalar(update.fold)
    if fold == 0 {
      // Some versions of scal store 0 here even where there was a NaN, which
      // the equations keep.
      for i in 0..<tile.count { unsafe moment[i] *= 0 }
    } else if fold != 1 {
      unsafe routines.scal(tile.count, fold, moment)
    }
    unsafe routines.axpy(tile.count, Scalar(update.gain), values, moment)
  }

  unsafe routines.square(
    instructionSet, tile.count, TilePlan.tileCount(of: Scalar.self),
    tile.gradients, tile.parameters, squares)
  if let fast = unsafe tile.fast {
    unsafe average(c.fast, tile.gradients, into: fast)
  }
  unsafe average(c.slow, tile.gradients, into: tile.slow)
  unsafe average(c.second, squares, into: tile.second)
}
