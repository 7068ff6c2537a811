//===--- MomentBuffers.swift - memory of m1, m2 and nu --------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// How much a group has of each moment.
struct MomentExtent {
  var elementCount = 0
  /// Each tensor begins a block of its own.
  var blockCount = 0
}

/// The stored moments of one group, in memory of their own.
///
/// The optimizer that made it is its only owner, and reads or writes it only
/// inside calls that borrow or mutate the optimizer.
@safe final class MomentBuffers<Scalar: OptimizerScalar>: @unchecked Sendable {
  /// `nil` where beta1 is 0: the gradient stands in for the fast moment.
  let fast: StoredMoment<Scalar>?
  let slow: StoredMoment<Scalar>
  let second: StoredMoment<Scalar>
  let extent: MomentExtent
  let storage: MomentStorage
  private let memory: AlignedMemory

  var count: Int { extent.elementCount }
  var byteCount: Int { memory.byteCount }
  var hasFast: Bool { unsafe fast != nil }

  /// Moments that are all 0.
  init(
    _ extent: MomentExtent, _ storage: MomentStorage, hasFast: Bool
  ) throws(AdEMAMixError) {
    let names: [MomentName] = [.slow, .second] + (hasFast ? [.fast] : [])
    let stride = names.reduce(0) { $0 + storage[$1].stride(of: Scalar.self) }
    let (bytes, isOverflow) = extent.elementCount.multipliedReportingOverflow(
      by: stride)
    // A quarter of the address space is more than any machine has, and leaves
    // room for padding and the blocks.
    guard !isOverflow, bytes < .max / 4 else {
      throw .outOfMemory(byteCount: isOverflow ? .max : bytes)
    }
    var placement = Placement()
    let offsets = names.map { placement.add(extent, storage[$0], Scalar.self) }
    guard let memory = AlignedMemory(byteCount: placement.byteCount) else {
      throw .outOfMemory(byteCount: placement.byteCount)
    }
    let start = unsafe memory.start
    func moment(_ index: Int) -> StoredMoment<Scalar> {
      unsafe StoredMoment(
        name: names[index], format: storage[names[index]],
        elements: start + offsets[index].elements,
        tops: offsets[index].tops.map {
          unsafe (start + $0).bindMemory(
            to: Float.self, capacity: extent.blockCount)
        })
    }
    self.memory = memory
    self.extent = extent
    self.storage = storage
    unsafe slow = moment(0)
    unsafe second = moment(1)
    unsafe fast = hasFast ? moment(2) : nil
  }

  /// The same moments in other memory.
  func clone(_ splitting: Splitting) throws(AdEMAMixError) -> MomentBuffers {
    let clone = try MomentBuffers(extent, storage, hasFast: hasFast)
    clone.memory.copy(from: memory, splitting)
    return clone
  }

  /// The same moments stored otherwise, with a fast one of 0 where there was
  /// none, or without. What changes its format is rounded to the nearest.
  func converted(
    to storage: MomentStorage, hasFast: Bool, _ parts: [MomentPart]
  ) throws(AdEMAMixError) -> MomentBuffers {
    let other = try MomentBuffers(extent, storage, hasFast: hasFast)
    if let fast = unsafe fast {
      unsafe other.fast?.copy(fast, extent, parts)
    }
    unsafe other.slow.copy(slow, extent, parts)
    unsafe other.second.copy(second, extent, parts)
    return other
  }
}

extension StoredMoment {
  /// Takes over the elements of a moment, whatever its format.
  fileprivate func copy(
    _ source: StoredMoment, _ extent: MomentExtent, _ parts: [MomentPart]
  ) {
    guard unsafe source.format != format else {
      unsafe elements.copyMemory(
        from: source.elements,
        byteCount: extent.elementCount * format.stride(of: Scalar.self))
      if let tops = unsafe tops, let others = unsafe source.tops {
        unsafe tops.update(from: others, count: extent.blockCount)
      }
      return
    }
    for part in parts {
      unsafe source.read(part) { start, elements in
        unsafe write(elements, to: part, from: start)
      }
    }
  }
}

/// Where buffers lie in memory, one behind the other.
private struct Placement {
  private var end = 0

  var byteCount: Int { max(end, AlignedMemory.cacheLine) }

  /// Adds a moment, and tells where its elements and its blocks start.
  mutating func add<Scalar>(
    _ extent: MomentExtent, _ format: MomentFormat, _: Scalar.Type
  ) -> (elements: Int, tops: Int?) {
    let elements = add(
      byteCount: extent.elementCount * format.stride(of: Scalar.self))
    let tops = MemoryLayout<Float>.stride * extent.blockCount
    return (elements, format.hasTops ? add(byteCount: tops) : nil)
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
