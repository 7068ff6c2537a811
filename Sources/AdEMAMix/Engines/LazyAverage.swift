//===--- LazyAverage.swift - one update of an average, through BLAS -------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension _ScalarRoutines {
  /// m̃ ← fold·m̃ + gain·x: one axpy, and now and then a scal before it.
  func takeIn(
    _ count: Int, _ update: LazyScale.Update, _ values: Input,
    into average: Output
  ) {
    unsafe fold(count, by: update.fold, average)
    unsafe axpy(count, Scalar(update.gain), values, average)
  }

  /// m̃ ← factor·m̃.
  func fold(_ count: Int, by factor: Double, _ average: Output) {
    let factor = Scalar(factor)
    if factor == 0 {
      // Some versions of scal store 0 here even where there was a NaN, which
      // the equations keep.
      for i in 0..<count { unsafe average[i] *= 0 }
    } else if factor != 1 {
      unsafe scal(count, factor, average)
    }
  }
}
