//===--- LAPACKRandom.swift - LAPACK's random numbers ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CLAPACKE

/// The random numbers of LAPACK's `dlarnv`: the same in every run.
struct LAPACKRandom {
  /// Four numbers below 4096, the last of them odd.
  private var state: [Int32]

  /// What the numbers are for: streams of one seed have nothing in common.
  enum Stream: Int32 {
    case problem = 1871
    case batches = 2539
  }

  init(seed: Int, stream: Stream) {
    state = [
      Int32(seed >> 23 & 0xFFF), Int32(seed >> 11 & 0xFFF), stream.rawValue,
      Int32(seed << 1 & 0xFFF | 1),
    ]
  }

  /// From the normal distribution, with a deviation of 1.
  mutating func normal(_ count: Int) -> [Double] { numbers(count, kind: 3) }

  /// From 0 to 1.
  mutating func uniform() -> Double { numbers(1, kind: 1)[0] }

  private mutating func numbers(_ count: Int, kind: Int32) -> [Double] {
    var numbers = [Double](repeating: 0, count: count)
    let info = unsafe LAPACKE_dlarnv(kind, &state, Int32(count), &numbers)
    precondition(info == 0, "dlarnv refuses a state: \(state)")
    return numbers
  }
}
