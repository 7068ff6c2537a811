//===--- MomentBuffer.swift - the elements of one moment ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The memory of one moment of a group.
///
/// A block has the elements of a tile. Each tensor begins a block of its own.
@unsafe struct MomentBuffer<Scalar: OptimizerScalar> {
  let name: MomentName
  let format: MomentFormat
  let elements: UnsafeMutableRawPointer
  /// The largest magnitude of each block, negative where an element of it is
  /// not finite. `nil` where the format has no blocks.
  let maxima: UnsafeMutablePointer<Float>?

  /// The elements of a format that is `scalar`.
  var scalars: UnsafeMutablePointer<Scalar> {
    unsafe precondition(format == .scalar)
    return unsafe elements.assumingMemoryBound(to: Scalar.self)
  }

  /// Makes all elements of the group 0.
  func clear(_ size: MomentSize) {
    // Zero bytes are 0 in every format.
    unsafe elements.initializeMemory(
      as: UInt8.self, repeating: 0,
      count: size.elementCount * format.stride(of: Scalar.self))
    unsafe maxima?.update(repeating: 0, count: size.blockCount)
  }

  /// Makes some elements 0, counted in the group's moments. The maxima of their
  /// blocks stay, so that other elements of the blocks keep their values.
  func clear(_ range: Range<Int>) {
    let stride = unsafe format.stride(of: Scalar.self)
    let start = unsafe elements + range.lowerBound * stride
    // Zero bytes are 0 in every format, whatever the maximum.
    unsafe start.initializeMemory(
      as: UInt8.self, repeating: 0, count: range.count * stride)
  }

  /// The moment as the kernels take it, from an element of a slice on that
  /// starts a block.
  func quantized(_ slice: MomentSlice, from start: Int)
    -> ademamix_quantized_moment
  {
    let element = slice.start + start
    let block = slice.block + start / TileGrid.blockLength
    return unsafe ademamix_quantized_moment(
      elements: elements + element * format.stride(of: Scalar.self),
      maxima: maxima.map { unsafe $0 + block }, format: format.code(of: name))
  }

  /// Hands out the elements of a slice block by block.
  ///
  /// - Parameters:
  ///   - slice: The slice. The format must not be `scalar`, but on `Float`.
  ///   - body: Gets the index in the slice, and the elements as the kernels
  ///     decode them.
  func read(
    _ slice: MomentSlice, _ body: (Int, UnsafeBufferPointer<Float>) -> Void
  ) {
    let length = TileGrid.blockLength
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: length) {
      block in
      guard let address = block.baseAddress else { return }
      for start in stride(from: 0, to: slice.count, by: length) {
        let count = min(length, slice.count - start)
        unsafe KernelTable<Scalar>(.widest).quantized.pointee.load(
          count, quantized(slice, from: start), address)
        unsafe body(start, UnsafeBufferPointer(start: address, count: count))
      }
    }
  }

  /// Stores elements of a slice, rounded to the nearest, from the start of a
  /// block on.
  func write(
    _ elements: UnsafeBufferPointer<Float>, to slice: MomentSlice,
    from first: Int
  ) {
    guard let address = elements.baseAddress else { return }
    let length = TileGrid.blockLength
    for start in stride(from: 0, to: elements.count, by: length) {
      unsafe KernelTable<Scalar>(.widest).quantized.pointee.store_nearest(
        min(length, elements.count - start), address + start,
        quantized(slice, from: first + start))
    }
  }
}

extension MomentBuffer {
  /// Appends the elements of a slice times a scale.
  func append(
    _ slice: MomentSlice, scaledBy scale: LazyScale, to values: inout [Scalar]
  ) {
    func scaled(_ element: some BinaryFloatingPoint) -> Scalar {
      Scalar(Double(element) * scale.value)
    }
    guard unsafe format == .scalar else {
      return unsafe read(slice) { values += unsafe $1.map(scaled) }
    }
    values += unsafe UnsafeBufferPointer(
      start: scalars + slice.start, count: slice.count
    ).map(scaled)
  }

  /// Stores elements in their order, rounded to the nearest.
  func replace(with values: [Scalar], _ slices: [MomentSlice]) {
    guard unsafe format != .scalar else {
      return unsafe scalars.update(from: values, count: values.count)
    }
    for slice in slices {
      let narrow = values[slice.start..<slice.start + slice.count].map {
        Float($0)
      }
      unsafe narrow.withUnsafeBufferPointer {
        unsafe write($0, to: slice, from: 0)
      }
    }
  }
}
