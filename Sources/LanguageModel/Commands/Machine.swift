//===--- Machine.swift - the speed of the processor -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc
import Layers
import Numerals

/// The most operations a second in ten products of large square matrices.
func peakMatrixRate() -> Double {
  var view: Matrix<Float>?
  let size = 1024
  let arena = Arena<Float>(for: &view) { $0.matrix(3 * size, size) }
  guard let view else { return 0 }
  let (a, b) = (view.rows(0..<size), view.rows(size..<2 * size))
  let c = view.rows(2 * size..<3 * size)
  a.fill(0.5)
  b.fill(0.25)
  var best = 0.0
  for _ in 0..<10 {
    let before = MatrixWork.sinceStart()
    c.set(a, times: b)
    best = max(best, (MatrixWork.sinceStart() - before).rate)
  }
  withExtendedLifetime(arena) {}
  return best
}

/// The most bytes of memory that the process has had.
func peakByteCount() -> Int {
  var usage = rusage()
  _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  // The system counts in KiB.
  return usage.ru_maxrss * 1024
}

extension Speed {
  /// A line about throughput, and about matrix products beside the rate `peak`.
  func description(peak: Double) -> String {
    let share = (100 * matrixRate / peak).text(decimals: 0)
    let time = (100 * matrixSeconds / seconds).text(decimals: 0)
    return "\(tokensPerSecond.text(decimals: 0)) tokens/s; matrix products "
      + "\((matrixRate / 1e9).text(decimals: 0)) GFLOP/s, \(share) % of a large "
      + "square one's \((peak / 1e9).text(decimals: 0)), \(time) % of the time"
  }
}
