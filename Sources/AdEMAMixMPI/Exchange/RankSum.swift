//===--- RankSum.swift - what all ranks have of some gradients, summed ----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix
internal import Dispatch

/// The gradients that the ranks have of the same elements.
///
/// Each sum is made in `Double`, in the order of the ranks, and rounded once: it
/// depends neither on the MPI library nor on how elements are cut into chunks. Where
/// finite gradients overflow, it is the largest number of its sign.
@safe struct RankSum<Scalar: OptimizerScalar>: @unchecked Sendable {
  /// The elements of a block whose sums stay in the first-level cache.
  private static var blockCount: Int { 1024 }

  /// This rank's own elements, which the sums replace.
  let own: UnsafeMutablePointer<Scalar>
  /// Those of all ranks, one after the other; this rank's are not there.
  let received: UnsafePointer<Scalar>
  let count: Int
  let rank: Int
  let rankCount: Int

  /// Replaces the elements by the sums.
  func run(_ threadSplit: ThreadSplit) {
    threadSplit.run(
      count: count,
      byteCount: count * rankCount * MemoryLayout<Scalar>.stride
    ) { add($0) }
  }

  /// A sum as a scalar. In `Double` one that overflows has no finite value left.
  @inline(__always)
  private func finite(_ sum: Double) -> Scalar {
    let largest = Double(Scalar.greatestFiniteMagnitude)
    let bounded = min(max(sum, -largest), largest)
    return Scalar(sum.isFinite ? bounded : sum)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func add(_ range: Range<Int>) {
    unsafe withUnsafeTemporaryAllocation(
      of: Double.self, capacity: Self.blockCount
    ) { sums in
      for start in stride(
        from: range.lowerBound, to: range.upperBound, by: Self.blockCount)
      {
        let length = min(Self.blockCount, range.upperBound - start)
        for other in 0..<rankCount {
          let elements =
            unsafe other == rank
            ? UnsafePointer(own + start) : received + other * count + start
          // A loop for the first: adding to 0 would lose the sign of -0.
          if other == 0 {
            for index in 0..<length {
              unsafe sums[index] = Double(elements[index])
            }
          } else {
            for index in 0..<length {
              unsafe sums[index] += Double(elements[index])
            }
          }
        }
        for index in 0..<length {
          unsafe own[start + index] = finite(sums[index])
        }
      }
    }
  }
}

#endif
