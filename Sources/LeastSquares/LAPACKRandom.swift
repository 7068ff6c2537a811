//===--- LAPACKRandom.swift - LAPACK's random numbers ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import CLAPACKE

/// The random numbers of LAPACK's `dlarnv`, which follow from a seed.
struct LAPACKRandom {
  /// Four numbers below 4096. The last one must be odd.
  private var state: [Int32]

  /// The purpose of the numbers. Each stream of a seed has other numbers.
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

  /// Numbers from the normal distribution with a standard deviation of 1.
  mutating func normal(_ count: Int) -> [Double] { numbers(count, kind: 3) }

  /// A number between 0 and 1.
  mutating func uniform() -> Double { numbers(1, kind: 1)[0] }

  private mutating func numbers(_ count: Int, kind: Int32) -> [Double] {
    var numbers = [Double](repeating: 0, count: count)
    let info = unsafe LAPACKE_dlarnv(kind, &state, Int32(count), &numbers)
    precondition(info == 0, "dlarnv refuses a state: \(state)")
    return numbers
  }
}
