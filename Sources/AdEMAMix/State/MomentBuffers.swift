//===--- MomentBuffers.swift - memory of m1, m2 and nu --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The stored moments of one group, in memory of their own.
///
/// The optimizer that made it is its only owner, and reads or writes it only
/// inside calls that borrow or mutate the optimizer.
@safe final class MomentBuffers<Scalar: OptimizerScalar>: @unchecked Sendable {
  /// `nil` where beta1 is 0: the gradient stands in for the fast moment.
  let fast: MomentBuffer<Scalar>?
  let slow: MomentBuffer<Scalar>
  let second: MomentBuffer<Scalar>
  let size: MomentSize
  let storage: MomentStorage
  private let memory: AlignedMemory

  var count: Int { size.elementCount }
  var byteCount: Int { memory.byteCount }
  var hasFast: Bool { unsafe fast != nil }

  /// Moments that are all 0.
  init(
    _ size: MomentSize, _ storage: MomentStorage, hasFast: Bool
  ) throws(AdEMAMixError) {
    let names = Self.names(hasFast: hasFast)
    let (placement, offsets) = try Self.placement(
      of: names, size, storage)
    guard let memory = AlignedMemory(byteCount: placement.byteCount) else {
      throw .outOfMemory(byteCount: placement.byteCount)
    }
    let start = unsafe memory.start
    func moment(_ index: Int) -> MomentBuffer<Scalar> {
      unsafe MomentBuffer(
        name: names[index], format: storage[names[index]],
        elements: start + offsets[index].elements,
        maxima: offsets[index].maxima.map {
          unsafe (start + $0).bindMemory(
            to: Float.self, capacity: size.blockCount)
        })
    }
    self.memory = memory
    self.size = size
    self.storage = storage
    unsafe slow = moment(0)
    unsafe second = moment(1)
    unsafe fast = hasFast ? moment(2) : nil
  }

  /// The moments, in the order of their memory.
  private static func names(hasFast: Bool) -> [MomentName] {
    [.slow, .second] + (hasFast ? [.fast] : [])
  }

  private static func placement(
    of names: [MomentName], _ size: MomentSize, _ storage: MomentStorage
  ) throws(AdEMAMixError) -> (
    Placement, offsets: [(elements: Int, maxima: Int?)]
  ) {
    let stride = names.reduce(0) { $0 + storage[$1].stride(of: Scalar.self) }
    let (bytes, isOverflow) = size.elementCount.multipliedReportingOverflow(
      by: stride)
    // A quarter of the address space is more than any machine has, and leaves
    // room for padding and the blocks.
    guard !isOverflow, bytes < .max / 4 else {
      throw .outOfMemory(byteCount: isOverflow ? .max : bytes)
    }
    var placement = Placement()
    let offsets = names.map { placement.add(size, storage[$0], Scalar.self) }
    return (placement, offsets)
  }

  /// The bytes that such moments take.
  static func byteCount(
    _ size: MomentSize, _ storage: MomentStorage, hasFast: Bool
  ) throws(AdEMAMixError) -> Int {
    try placement(of: names(hasFast: hasFast), size, storage).0.byteCount
  }

  /// The same moments in other memory.
  func copy(_ threadSplit: ThreadSplit) throws(AdEMAMixError) -> MomentBuffers {
    let copy = try MomentBuffers(size, storage, hasFast: hasFast)
    copy.memory.copy(from: memory, threadSplit)
    return copy
  }

  /// The same moments stored otherwise, with a fast one of 0 where there was
  /// none, or without. Elements that change their format are rounded to the
  /// nearest.
  func converted(
    to storage: MomentStorage, hasFast: Bool, _ slices: [MomentSlice]
  ) throws(AdEMAMixError) -> MomentBuffers {
    let other = try MomentBuffers(size, storage, hasFast: hasFast)
    if let fast = unsafe fast {
      unsafe other.fast?.copy(fast, size, slices)
    }
    unsafe other.slow.copy(slow, size, slices)
    unsafe other.second.copy(second, size, slices)
    return other
  }
}

extension MomentBuffer {
  /// Takes over the elements of a moment, whatever its format.
  fileprivate func copy(
    _ source: MomentBuffer, _ size: MomentSize, _ slices: [MomentSlice]
  ) {
    guard unsafe source.format != format else {
      unsafe elements.copyMemory(
        from: source.elements,
        byteCount: size.elementCount * format.stride(of: Scalar.self))
      if let maxima = unsafe maxima, let others = unsafe source.maxima {
        unsafe maxima.update(from: others, count: size.blockCount)
      }
      return
    }
    for slice in slices {
      unsafe source.read(slice) { start, elements in
        unsafe write(elements, to: slice, from: start)
      }
    }
  }
}

/// The places of buffers in memory, one behind the other.
private struct Placement {
  private var end = 0

  var byteCount: Int { max(end, AlignedMemory.cacheLine) }

  /// Adds a moment, and tells where its elements and its blocks start.
  mutating func add<Scalar>(
    _ size: MomentSize, _ format: MomentFormat, _: Scalar.Type
  ) -> (elements: Int, maxima: Int?) {
    let elements = add(
      byteCount: size.elementCount * format.stride(of: Scalar.self))
    let maxima = MemoryLayout<Float>.stride * size.blockCount
    return (elements, format.hasMaxima ? add(byteCount: maxima) : nil)
  }

  private mutating func add(byteCount: Int) -> Int {
    // Buffers of less than a page are packed.
    let isLarge = byteCount >= AlignedMemory.page
    let granule = isLarge ? AlignedMemory.page : AlignedMemory.cacheLine
    let start = end
    end += (byteCount + granule - 1) / granule * granule
    if isLarge { end += AlignedMemory.skew }
    return start
  }
}
