//===--- TileGrid.swift - the fixed grid a step walks on ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The tiles of a shard.
///
/// A tile has ``tileLength(of:)`` elements, counted from the start of a slice;
/// the last tile of a slice may be shorter. Threads, separate buffers, and
/// shards that begin at a tile leave the tiles as they are. A BLAS call never
/// crosses the border of a tile, so none of them changes a bit of the result.
/// (OpenBLAS rounds the last few elements of a call differently from those
/// before.)
///
/// A class, so that a pass that shares it counts one reference, where its
/// arrays would be three: 80 ns of a step on 1,000 parameters.
final class TileGrid: Sendable {
  /// Bytes of parameters in a tile. Two tiles of five streams, one in use and
  /// one being fetched, lie well inside a first-level cache. Larger tiles, from
  /// 1.5 KiB on, measured slower where memory is the limit.
  static let byteCount = 1024

  /// Elements in a block of a quantized moment: those of a `Float` tile.
  static let blockLength = byteCount / MemoryLayout<Float>.stride

  /// The `ademamix_signs` of a tile: 1/16 of its bytes.
  static let signsATile = byteCount / Int(ADEMAMIX_SIGNED_BYTES)

  /// Tiles that lie in a second-level cache with all their streams, 160 KiB,
  /// and take so long that a call for them costs little.
  static let tilesACache = 32

  /// Elements in a tile of this scalar type.
  static func tileLength<Scalar>(of _: Scalar.Type) -> Int {
    byteCount / MemoryLayout<Scalar>.stride
  }

  /// Elements from the scratch of one worker to that of the next.
  ///
  /// One tile more than the eight that are used keeps workers apart: two that
  /// share a cache line take it from each other tile by tile, which made two
  /// threads no faster than one.
  static func scratchStride<Scalar>(of _: Scalar.Type) -> Int {
    9 * tileLength(of: Scalar.self)
  }

  /// The slices that a step works on.
  let slices: [TensorSlice]
  /// The slices of frozen tensors, without tiles.
  let frozen: [TensorSlice]
  /// The tiles of all slices. Those of a part of a grid are counted in the
  /// whole.
  let tiles: Range<Int>
  /// The index of the first tensor in the layout, from which slices count
  /// theirs.
  let firstTensor: Int
  /// The first element in the layout, from which slices count theirs.
  let firstElement: Int
  /// The elements and blocks that the shard owns of each group.
  let momentSizes: [MomentSize]

  /// The grid of a shard of a layout, in tiles of so many elements.
  ///
  /// - Complexity: O(number of tensors + number of groups).
  init(_ layout: ParameterLayout, shard: Range<Int>, tileLength: Int) {
    var slices: [TensorSlice] = []
    var frozen: [TensorSlice] = []
    var sizes = [MomentSize](
      repeating: MomentSize(), count: layout.groups.count)
    var tiles = 0
    for (index, tensor) in layout.tensors.enumerated() {
      let owned = tensor.range.clamped(to: shard)
      if owned.isEmpty { continue }
      let isFrozen = layout.groups[tensor.group].isFrozen
      // In this order nothing exceeds an Int.
      let ownTiles = (owned.count - 1) / tileLength + 1
      let end = isFrozen ? tiles : tiles + ownTiles
      let slice = TensorSlice(
        tensor: index, group: tensor.group,
        start: owned.lowerBound - shard.lowerBound,
        momentStart: sizes[tensor.group].elementCount,
        momentBlock: sizes[tensor.group].blockCount, count: owned.count,
        tiles: tiles..<end)
      if isFrozen { frozen.append(slice) } else { slices.append(slice) }
      tiles = end
      sizes[tensor.group].elementCount += owned.count
      sizes[tensor.group].blockCount += ownTiles
    }
    self.slices = slices
    self.frozen = frozen
    self.tiles = 0..<tiles
    firstTensor = 0
    firstElement = shard.lowerBound
    momentSizes = sizes
  }

  /// The part of a grid that some neighbouring tensors have.
  init(_ whole: TileGrid, tensors: Range<Int>) {
    func part(_ slices: [TensorSlice]) -> ArraySlice<TensorSlice> {
      let first = slices.partitioningIndex { $0.tensor >= tensors.lowerBound }
      let end = slices.partitioningIndex { $0.tensor >= tensors.upperBound }
      return slices[first..<end]
    }
    let (moving, frozen) = (part(whole.slices), part(whole.frozen))
    let start = min(
      moving.first?.start ?? .max, frozen.first?.start ?? .max)
    func own(_ slices: ArraySlice<TensorSlice>) -> [TensorSlice] {
      slices.map {
        TensorSlice(
          tensor: $0.tensor - tensors.lowerBound, group: $0.group,
          start: $0.start - start, momentStart: $0.momentStart,
          momentBlock: $0.momentBlock, count: $0.count, tiles: $0.tiles)
      }
    }
    slices = own(moving)
    self.frozen = own(frozen)
    let first = slices.first?.tiles.lowerBound ?? 0
    tiles = first..<(slices.last?.tiles.upperBound ?? first)
    firstTensor = whole.firstTensor + tensors.lowerBound
    firstElement = whole.firstElement + (start == .max ? 0 : start)
    momentSizes = whole.momentSizes
  }

  /// Tensors of the given sizes, one behind the other in a group of their own.
  init(sizes: [Int], tileLength: Int) {
    var slices: [TensorSlice] = []
    var (start, tiles) = (0, 0)
    for (index, count) in sizes.enumerated() where count > 0 {
      let end = tiles + (count - 1) / tileLength + 1
      slices.append(
        TensorSlice(
          tensor: index, group: 0, start: start, momentStart: start,
          momentBlock: tiles, count: count, tiles: tiles..<end))
      start += count
      tiles = end
    }
    self.slices = slices
    frozen = []
    self.tiles = 0..<tiles
    firstTensor = 0
    firstElement = 0
    momentSizes = [MomentSize(elementCount: start, blockCount: tiles)]
  }

  /// The slices of each group, in the order of its moments.
  ///
  /// - Complexity: O(number of slices + number of groups).
  var slicesByGroup: [[TensorSlice]] {
    var groups = [[TensorSlice]](repeating: [], count: momentSizes.count)
    for slice in slices { groups[slice.group].append(slice) }
    // A group is frozen as a whole: no other slices of the group came before.
    for slice in frozen { groups[slice.group].append(slice) }
    return groups
  }

  /// The slices of a group's moments, in their order.
  func momentSlices(ofGroup group: Int) -> [MomentSlice] {
    (slices + frozen).filter { $0.group == group }.map(\.moments)
  }

  /// The indices of the slices that have some of the tiles.
  func slices(in tiles: Range<Int>) -> Range<Int> {
    let first = slices.partitioningIndex {
      $0.tiles.upperBound > tiles.lowerBound
    }
    var end = first
    while end < slices.count,
      slices[end].tiles.lowerBound < tiles.upperBound
    { end += 1 }
    return first..<end
  }
}
