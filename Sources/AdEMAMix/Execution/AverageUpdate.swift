//===--- AverageUpdate.swift - the average of moved parameters ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// An update of averages with the parameters that some elements have moved to.
///
/// In the pass of a step it finds the parameters in a cache: the average then
/// moves 8 bytes a `Float` parameter, and 12 in a pass of its own.
@safe struct AverageUpdate<Scalar: OptimizerScalar>: @unchecked Sendable {
  /// The stored averages, from the first element on.
  private let averages: UnsafeMutablePointer<Scalar>
  /// The first element, counted in the layout: rounding depends on it.
  private let first: Int
  private let change: LazyScale.Update
  /// The number of updates, where steps are near the last digit of an average.
  private let finely: UInt32?

  /// An update of averages that have been made for so many updates.
  ///
  /// - Parameters:
  ///   - averages: The stored averages.
  ///   - first: The first of the elements, counted in the layout.
  ///   - change: The change of what is stored.
  ///   - scale: The scale after the update.
  ///   - updateCount: The number of updates completed.
  init(
    _ averages: UnsafeMutablePointer<Scalar>, first: Int,
    _ change: LazyScale.Update, scale: LazyScale, updateCount: Int
  ) {
    unsafe self.averages = averages
    self.first = first
    self.change = change
    // 1-d, whatever the scale. A Double has digits enough.
    let share = scale.value * change.gain
    finely =
      Scalar.self == Float.self && share < Self.fineShare
      ? UInt32(truncatingIfNeeded: updateCount) : nil
  }

  private init(_ whole: AverageUpdate, from start: Int) {
    unsafe averages = whole.averages + start
    first = whole.first + start
    change = whole.change
    finely = whole.finely
  }

  /// A share of the parameters that is some hundred times the last digit of a
  /// `Float` average. Rounding of smaller shares to the nearest adds up: to
  /// 4e-6 of the average at a decay of 1 - 1e-5, and to 7e-4 at 1 - 1e-7, in
  /// 30,000 updates.
  private static var fineShare: Double { 0x1p-15 }

  /// The update of the elements from one on.
  func from(_ start: Int) -> AverageUpdate { AverageUpdate(self, from: start) }

  /// Takes parameters in, tile by tile.
  ///
  /// A tile is far below the size at which OpenBLAS starts threads of its own.
  ///
  /// - Parameters:
  ///   - start: The first element, which begins a tile of its tensor.
  ///   - count: The number of elements.
  ///   - parameters: The parameters of these elements.
  func run(
    from start: Int, count: Int, _ parameters: UnsafeMutablePointer<Scalar>
  ) {
    let tileLength = TileGrid.tileLength(of: Scalar.self)
    for tile in stride(from: 0, to: count, by: tileLength) {
      unsafe runTile(
        from: start + tile, count: min(tileLength, count - tile),
        parameters + tile)
    }
  }

  /// Takes parameters in where they are: in memory, or split.
  ///
  /// - Parameters:
  ///   - start: The first element.
  ///   - count: The number of elements.
  ///   - parameters: The parameters from element 0 on. `nil` where they are
  ///     split.
  ///   - quantized: The operands from element 0 on, which have the parts of
  ///     weights that are split.
  ///   - scratch: Memory for a tile.
  func run(
    from start: Int, count: Int, _ parameters: UnsafeMutablePointer<Scalar>?,
    _ quantized: QuantizedOperands?, scratch: UnsafeMutablePointer<Scalar>
  ) {
    if let parameters = unsafe parameters {
      return unsafe run(from: start, count: count, parameters + start)
    }
    guard let quantized else { return }
    let tileLength = TileGrid.tileLength(of: Scalar.self)
    for tile in stride(from: start, to: start + count, by: tileLength) {
      let length = min(tileLength, start + count - tile)
      unsafe quantized.joinWeights(
        from: tile, count: length, into: scratch.cast(to: Float.self))
      unsafe runTile(from: tile, count: length, scratch)
    }
  }

  private func runTile(
    from start: Int, count: Int, _ parameters: UnsafeMutablePointer<Scalar>
  ) {
    let averages = unsafe averages + start
    guard let step = finely else {
      return unsafe BLAS.update(count, change, parameters, into: averages)
    }
    unsafe BLAS.fold(count, by: change.fold, averages)
    unsafe KernelTable<Scalar>(.widest).quantized.pointee.add_rounded(
      count, change.gain, parameters.cast(to: Float.self),
      UInt32(truncatingIfNeeded: first + start), step,
      averages.cast(to: Float.self))
  }
}
