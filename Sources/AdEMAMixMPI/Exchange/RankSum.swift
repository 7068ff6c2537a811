//===--- RankSum.swift - what all ranks have of some gradients, summed ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

/// The sums of all ranks' gradients, for the elements of a piece.
///
/// Each sum is made in `Double`, in the order of the ranks, and rounded once:
/// it depends neither on the MPI library nor on the size of chunks. A sum of
/// finite gradients that is too large for the scalar type becomes the largest
/// number of its sign.
@safe struct RankSum<Scalar: OptimizerScalar>: @unchecked Sendable {
  /// The number of elements of a block, whose sums stay in the first-level
  /// cache while the gradients of one rank after the other are added.
  ///
  /// The sums take 8 KiB, and the gradients of a rank 4 or 8 KiB: together half
  /// of a cache of 32 KiB, at most.
  private static var blockCount: Int { 1024 }

  /// This rank's own elements, which the sums may replace.
  let own: UnsafeRawPointer
  /// The elements of all ranks, `count` for each, in the order of the ranks.
  /// The place of this rank's elements is used where `own` points there.
  let received: UnsafeRawPointer
  /// The memory for the sums.
  let sums: UnsafeMutablePointer<Scalar>
  /// Whether elements are in bfloat16, which only `Float` has exactly.
  let isBFloat16: Bool
  /// The number of elements of each rank.
  let count: Int
  /// The number of this rank.
  let rank: Int
  /// The number of ranks.
  let rankCount: Int
  /// The factors of the ranks' elements; none where all are 1.
  let weights: [Double]

  /// Makes the sums.
  func run(_ threadSplit: ThreadSplit) {
    threadSplit.run(
      count: count,
      byteCount: count * rankCount * MemoryLayout<Scalar>.stride
    ) { add($0) }
  }

  /// A sum, rounded to a scalar.
  ///
  /// A sum that overflows in `Double` is infinite, and stays infinite.
  @inline(__always)
  private func finite(_ sum: Double) -> Scalar {
    let largest = Double(Scalar.greatestFiniteMagnitude)
    let bounded = min(max(sum, -largest), largest)
    return Scalar(sum.isFinite ? bounded : sum)
  }

  /// Some elements of a rank as scalars: where they stand, or widened.
  @inline(__always)
  private func elements(
    of other: Int, from start: Int, count length: Int,
    _ scratch: UnsafeMutablePointer<Scalar>
  ) -> UnsafePointer<Scalar> {
    let first = other == rank ? 0 : other * count
    let source = unsafe other == rank ? own : received
    guard isBFloat16 else {
      return unsafe source.assumingMemoryBound(to: Scalar.self)
        + (first + start)
    }
    let narrow =
      unsafe source.assumingMemoryBound(to: BFloat16.self) + (first + start)
    for index in 0..<length {
      unsafe scratch[index] = Scalar(Float(narrow[index]))
    }
    return unsafe UnsafePointer(scratch)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func add(_ range: Range<Int>) {
    unsafe withUnsafeTemporaryAllocation(
      of: Double.self, capacity: Self.blockCount
    ) { blockSums in
      unsafe withUnsafeTemporaryAllocation(
        of: Scalar.self, capacity: Self.blockCount
      ) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        for start in stride(
          from: range.lowerBound, to: range.upperBound, by: Self.blockCount)
        {
          let length = min(Self.blockCount, range.upperBound - start)
          for other in 0..<rankCount {
            let elements = unsafe elements(
              of: other, from: start, count: length, scratch)
            let weight = weights.isEmpty ? 1 : weights[other]
            // The first rank has a loop of its own: adding -0 to 0 would lose
            // the sign.
            if other == 0 {
              for index in 0..<length {
                unsafe blockSums[index] = weight * Double(elements[index])
              }
            } else {
              for index in 0..<length {
                unsafe blockSums[index] += weight * Double(elements[index])
              }
            }
          }
          for index in 0..<length {
            unsafe sums[start + index] = finite(blockSums[index])
          }
        }
      }
    }
  }
}

#endif
