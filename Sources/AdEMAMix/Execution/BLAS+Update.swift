//===--- BLAS+Update.swift - one update of an average, through BLAS -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

extension BLAS {
  /// m̃ ← fold·m̃ + gain·x: one axpy, and now and then a scal before it, after
  /// which a moment is flushed by the kernels of `table`.
  static func update(
    _ count: Int, _ update: LazyScale.Update, _ values: Input,
    into average: Output, flushing table: KernelTable<Scalar>? = nil
  ) {
    unsafe fold(count, by: update.fold, average)
    if let table, update.fold != 1 {
      unsafe table.kernels.pointee.flush(count, average)
    }
    unsafe axpy(count, update.gain, values, average)
  }

  /// m̃ ← factor·m̃.
  static func fold(_ count: Int, by factor: Double, _ average: Output) {
    if Scalar(factor) == 0 {
      // Some versions of scal store 0 here even where there was a NaN, which
      // the equations keep.
      for i in 0..<count { unsafe average[i] *= 0 }
    } else if Scalar(factor) != 1 {
      unsafe scal(count, factor, average)
    }
  }
}
