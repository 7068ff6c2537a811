//===--- StoredMoment.swift - the elements of one moment ------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The elements that one tensor has in the moments of its group.
struct MomentPart {
  /// The first element and the first block, counted in the group's moments.
  let start: Int
  let block: Int
  let count: Int
}

/// Where the elements of one moment of a group lie.
///
/// A block has the elements of a tile. Each tensor begins a block of its own.
@unsafe struct StoredMoment<Scalar: OptimizerScalar> {
  let name: MomentName
  let format: MomentFormat
  let elements: UnsafeMutableRawPointer
  /// The largest magnitude of each block, negative where an element of it is not
  /// finite. `nil` where the format has no blocks.
  let tops: UnsafeMutablePointer<Float>?

  /// The elements of a format that is `scalar`.
  var scalars: UnsafeMutablePointer<Scalar> {
    unsafe precondition(format == .scalar)
    return unsafe elements.assumingMemoryBound(to: Scalar.self)
  }

  /// Makes all elements of the group 0.
  func clear(_ extent: MomentExtent) {
    // Zero bytes are 0 in every format.
    unsafe elements.initializeMemory(
      as: UInt8.self, repeating: 0,
      count: extent.elementCount * format.stride(of: Scalar.self))
    unsafe tops?.update(repeating: 0, count: extent.blockCount)
  }

  /// What the kernels need of the moment, from a part's element on that starts a
  /// block.
  func stored(_ part: MomentPart, from start: Int) -> ademamix_stored {
    let element = part.start + start
    let block = part.block + start / TilePlan.blockCount
    return unsafe ademamix_stored(
      elements: elements + element * format.stride(of: Scalar.self),
      tops: tops.map { unsafe $0 + block }, format: format.code(of: name))
  }

  /// Hands out the elements of a part block by block.
  ///
  /// - Parameters:
  ///   - part: The part. The format must not be `scalar`, but on `Float`.
  ///   - body: Gets the index in the part, and the elements as the kernels
  ///     decode them.
  func read(
    _ part: MomentPart, _ body: (Int, UnsafeBufferPointer<Float>) -> Void
  ) {
    let length = TilePlan.blockCount
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: length) {
      block in
      guard let address = block.baseAddress else { return }
      for start in stride(from: 0, to: part.count, by: length) {
        let count = min(length, part.count - start)
        unsafe ademamix_load(
          InstructionSet.widest.rawValue, count, stored(part, from: start),
          address)
        unsafe body(start, UnsafeBufferPointer(start: address, count: count))
      }
    }
  }

  /// Stores elements of a part, rounded to the nearest, from the start of a
  /// block on.
  func write(
    _ elements: UnsafeBufferPointer<Float>, to part: MomentPart, from first: Int
  ) {
    guard let address = elements.baseAddress else { return }
    let length = TilePlan.blockCount
    for start in stride(from: 0, to: elements.count, by: length) {
      unsafe ademamix_store_nearest(
        InstructionSet.widest.rawValue, min(length, elements.count - start),
        address + start, stored(part, from: first + start))
    }
  }
}

extension StoredMoment {
  /// All elements times a scale, in their order.
  func values(scaledBy scale: LazyScale, _ parts: [MomentPart]) -> [Scalar] {
    func scaled(_ element: some BinaryFloatingPoint) -> Scalar {
      Scalar(Double(element) * scale.value)
    }
    guard unsafe format == .scalar else {
      var values: [Scalar] = []
      values.reserveCapacity(parts.reduce(0) { $0 + $1.count })
      for part in parts {
        unsafe read(part) { values += unsafe $1.map(scaled) }
      }
      return values
    }
    let count = parts.reduce(0) { $0 + $1.count }
    return unsafe UnsafeBufferPointer(start: scalars, count: count).map(scaled)
  }

  /// Stores elements in their order, rounded to the nearest.
  func replace(with values: [Scalar], _ parts: [MomentPart]) {
    guard unsafe format != .scalar else {
      return unsafe scalars.update(from: values, count: values.count)
    }
    for part in parts {
      let narrow = values[part.start..<part.start + part.count].map {
        Float($0)
      }
      unsafe narrow.withUnsafeBufferPointer {
        unsafe write($0, to: part, from: 0)
      }
    }
  }
}

extension MomentFormat {
  /// Whether the largest magnitude of each block is stored too.
  var hasTops: Bool { self == .blockInt16 || self == .blockInt8 }

  /// The bytes of an element.
  func stride<Scalar>(of _: Scalar.Type) -> Int {
    switch self {
    case .scalar: MemoryLayout<Scalar>.stride
    case .bfloat16, .blockInt16: 2
    case .blockInt8: 1
    }
  }

  /// What the kernels call the format.
  func code(of moment: MomentName) -> Int32 {
    let isSecond = moment == .second
    return switch self {
    case .scalar: Int32(ADEMAMIX_FLOAT32)
    case .bfloat16: Int32(ADEMAMIX_BFLOAT16)
    case .blockInt16: Int32(isSecond ? ADEMAMIX_UINT16 : ADEMAMIX_INT16)
    case .blockInt8: Int32(isSecond ? ADEMAMIX_UINT8 : ADEMAMIX_INT8)
    }
  }
}
