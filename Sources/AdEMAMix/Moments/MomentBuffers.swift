//===--- MomentBuffers.swift - the memory of one group --------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// The stored moments of one group, in memory of their own.
///
/// The optimizer that made it is its only owner, and reads or writes it only
/// inside calls that borrow or mutate the optimizer.
@safe final class MomentBuffers<Scalar: OptimizerScalar>: @unchecked Sendable {
  /// `nil` where beta1 is 0: the gradient stands in for the fast moment.
  let fast: UnsafeMutablePointer<Scalar>?
  let slow: UnsafeMutablePointer<Scalar>
  let second: UnsafeMutablePointer<Scalar>
  let count: Int
  let byteCount: Int
  private let memory: UnsafeMutableRawPointer

  /// Moments of `count` elements, all 0.
  init(count: Int, hasFast: Bool) throws(AdEMAMixError) {
    let bufferCount = hasFast ? 3 : 2
    let plan = try Placement(
      count: count, bufferCount: bufferCount,
      stride: MemoryLayout<Scalar>.stride)
    var address: UnsafeMutableRawPointer?
    guard
      unsafe posix_memalign(&address, plan.alignment, plan.byteCount) == 0,
      let memory = unsafe address
    else {
      throw .outOfMemory(byteCount: plan.byteCount)
    }
    if plan.alignment == Placement.hugePage {
      // Fewer page faults and address translations. Where the kernel refuses,
      // ordinary pages do as well.
      unsafe _ = madvise(memory, plan.byteCount, MADV_HUGEPAGE)
    }
    unsafe memset(memory, 0, plan.byteCount)

    func buffer(_ index: Int) -> UnsafeMutablePointer<Scalar> {
      unsafe (memory + plan.offset(of: index)).bindMemory(
        to: Scalar.self, capacity: count)
    }
    unsafe self.memory = memory
    self.count = count
    byteCount = plan.byteCount
    unsafe slow = buffer(0)
    unsafe second = buffer(1)
    unsafe fast = hasFast ? buffer(2) : nil
  }

  deinit { unsafe free(memory) }

  /// Takes over the content of buffers of the same shape.
  func update(from source: MomentBuffers) {
    unsafe memcpy(memory, source.memory, byteCount)
  }
}

/// Where the buffers of a group lie in its memory.
private struct Placement {
  static let hugePage = 2 << 20
  private static let page = 4096
  private static let cacheLine = 64

  let alignment: Int
  let byteCount: Int
  private let spacing: Int
  private let skew: Int

  init(count: Int, bufferCount: Int, stride: Int) throws(AdEMAMixError) {
    let (bytes, isOverflow) = count.multipliedReportingOverflow(
      by: stride * bufferCount)
    // A quarter of the address space is more than any machine has, and leaves
    // room for the padding below.
    guard !isOverflow, bytes < .max / 4 else {
      throw .outOfMemory(byteCount: isOverflow ? .max : bytes)
    }
    let single = count * stride
    // Streams that start at equal offsets within a page fall into the same
    // sets of the first-level cache, and loads wait for stores that share their
    // low address bits. Buffers of less than a page are packed instead.
    let isLarge = single >= Self.page
    let granule = isLarge ? Self.page : Self.cacheLine
    spacing = (single + granule - 1) / granule * granule
    skew = isLarge ? 13 * Self.cacheLine : 0
    byteCount = max((spacing + skew) * bufferCount, Self.cacheLine)
    alignment = byteCount >= Self.hugePage ? Self.hugePage : Self.cacheLine
  }

  func offset(of buffer: Int) -> Int { (spacing + skew) * buffer }
}
