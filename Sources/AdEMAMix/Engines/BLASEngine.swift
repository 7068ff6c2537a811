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
  let routines = Scalar._routines
  let tileCount = TilePlan.tileCount(of: Scalar.self)
  let c = run.coefficients

  func average(
    _ count: Int, _ update: LazyScale.Update, _ values: UnsafePointer<Scalar>,
    into moment: UnsafeMutablePointer<Scalar>
  ) {
    let fold = Scalar(update.fold)
    if fold == 0 {
      // Some versions of scal store 0 here even where there was a NaN, which
      // the equations keep.
      for i in 0..<count { unsafe moment[i] *= 0 }
    } else if fold != 1 {
      unsafe routines.scal(count, fold, moment)
    }
    unsafe routines.axpy(count, Scalar(update.gain), values, moment)
  }

  var start = 0
  while start < run.count {
    let count = min(tileCount, run.count - start)
    let parameters = unsafe run.parameters + start
    let gradients = unsafe run.gradients + start
    let slow = unsafe run.slow + start
    let second = unsafe run.second + start
    let fast = unsafe run.fast.map { unsafe $0 + start }

    unsafe routines.square(
      instructionSet, count, tileCount, gradients, parameters, squares)
    if let fast = unsafe fast {
      unsafe average(count, c.fast, gradients, into: fast)
    }
    unsafe average(count, c.slow, gradients, into: slow)
    unsafe average(count, c.second, squares, into: second)
    unsafe routines.update(
      instructionSet, count, tileCount, parameters,
      fast.map { unsafe UnsafePointer($0) } ?? gradients, slow, second, c)

    start += count
  }
}
