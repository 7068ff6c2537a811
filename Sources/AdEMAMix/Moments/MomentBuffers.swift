//===--- MomentBuffers.swift - the memory of one group --------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

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
  private let memory: AlignedMemory

  var byteCount: Int { memory.byteCount }
  var hasFast: Bool { unsafe fast != nil }

  /// Moments of `count` elements, all 0.
  init(count: Int, hasFast: Bool) throws(AdEMAMixError) {
    let bufferCount = hasFast ? 3 : 2
    let plan = try Placement(
      count: count, bufferCount: bufferCount,
      stride: MemoryLayout<Scalar>.stride)
    guard let memory = AlignedMemory(byteCount: plan.byteCount) else {
      throw .outOfMemory(byteCount: plan.byteCount)
    }
    let start = unsafe memory.start
    func buffer(_ index: Int) -> UnsafeMutablePointer<Scalar> {
      unsafe (start + plan.offset(of: index)).bindMemory(
        to: Scalar.self, capacity: count)
    }
    self.memory = memory
    self.count = count
    unsafe slow = buffer(0)
    unsafe second = buffer(1)
    unsafe fast = hasFast ? buffer(2) : nil
  }

  /// The same moments in other memory.
  func clone(_ splitting: Splitting) throws(AdEMAMixError) -> MomentBuffers {
    let clone = try MomentBuffers(count: count, hasFast: hasFast)
    clone.memory.copy(from: memory, splitting)
    return clone
  }

  /// The same slow and second moments in other memory, with a fast one of 0 or
  /// none.
  func replacingFast(hasFast: Bool) throws(AdEMAMixError) -> MomentBuffers {
    let other = try MomentBuffers(count: count, hasFast: hasFast)
    unsafe other.slow.update(from: slow, count: count)
    unsafe other.second.update(from: second, count: count)
    return other
  }
}

/// Where the buffers of a group lie in its memory.
private struct Placement {
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
    // Buffers of less than a page are packed.
    let isLarge = single >= AlignedMemory.page
    let granule = isLarge ? AlignedMemory.page : AlignedMemory.cacheLine
    spacing = (single + granule - 1) / granule * granule
    skew = isLarge ? AlignedMemory.skew : 0
    byteCount = max((spacing + skew) * bufferCount, AlignedMemory.cacheLine)
  }

  func offset(of buffer: Int) -> Int { (spacing + skew) * buffer }
}
