//===--- TilePlan.swift - the fixed grid a step walks on ------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The part of one tensor that a shard owns.
struct Segment {
  /// The index of the tensor in the layout.
  let tensor: Int
  /// The index of the group in the layout.
  let group: Int
  /// The first element, counted in the shard.
  let start: Int
  /// The first element and block, counted in the moments of the group.
  let momentStart: Int
  let momentBlock: Int
  let count: Int
  /// The tiles, counted in the plan.
  let tiles: Range<Int>

  var momentPart: MomentPart {
    MomentPart(start: momentStart, block: momentBlock, count: count)
  }

  /// The elements that lie in some tiles of the plan, counted in the segment.
  func elements(in tiles: Range<Int>, tileCount: Int) -> Range<Int> {
    /// The first element of a tile.
    func element(_ tile: Int) -> Int {
      min(max(tile - self.tiles.lowerBound, 0) * tileCount, count)
    }
    return element(tiles.lowerBound)..<element(tiles.upperBound)
  }
}

/// The tiles of a shard.
///
/// A tile is a run of ``tileCount(of:)`` elements counted from the start of a
/// tensor, or of the part that the shard owns; the last may be shorter. Threads,
/// separate buffers, and shards that begin where a tile does, leave the tiles as
/// they are. Since a BLAS call never crosses a tile's border, they change no bit
/// of the result. (OpenBLAS rounds the last few elements of a call differently
/// from those before.)
struct TilePlan {
  /// Bytes of parameters in a tile. Two tiles of five streams,
  /// one in use and one being fetched, lie well inside a first-level cache.
  /// Larger tiles, from 1.5 KiB on, measured slower where memory is the limit.
  static let byteCount = 1024

  /// Elements in a block of moments that are stored in fewer bits than those of
  /// `Float`: a tile.
  static let blockCount = byteCount / MemoryLayout<Float>.stride

  /// Elements in a tile of this scalar type.
  static func tileCount<Scalar>(of _: Scalar.Type) -> Int {
    byteCount / MemoryLayout<Scalar>.stride
  }

  /// Elements from the scratch of one part of a step to that of the next.
  ///
  /// A tile more than the seven that are used: parts that share a cache line
  /// take it from each other tile by tile, which made two threads no faster than
  /// one.
  static func scratchStride<Scalar>(of _: Scalar.Type) -> Int {
    8 * tileCount(of: Scalar.self)
  }

  /// The parts of tensors that a step works on.
  let segments: [Segment]
  /// The parts of frozen tensors, without tiles.
  let frozen: [Segment]
  /// Tiles in all segments.
  let count: Int
  /// What the shard owns of each group.
  let groupExtents: [MomentExtent]

  init(_ layout: ParameterLayout, shard: Range<Int>, tileCount: Int) {
    var segments: [Segment] = []
    var frozen: [Segment] = []
    var extents = [MomentExtent](
      repeating: MomentExtent(), count: layout.groups.count)
    var tiles = 0
    for (index, tensor) in layout.tensors.enumerated() {
      let owned = tensor.range.clamped(to: shard)
      if owned.isEmpty { continue }
      let isFrozen = layout.groups[tensor.group].isFrozen
      // In this order nothing exceeds an Int.
      let ownTiles = (owned.count - 1) / tileCount + 1
      let end = isFrozen ? tiles : tiles + ownTiles
      let segment = Segment(
        tensor: index, group: tensor.group,
        start: owned.lowerBound - shard.lowerBound,
        momentStart: extents[tensor.group].elementCount,
        momentBlock: extents[tensor.group].blockCount, count: owned.count,
        tiles: tiles..<end)
      if isFrozen { frozen.append(segment) } else { segments.append(segment) }
      tiles = end
      extents[tensor.group].elementCount += owned.count
      extents[tensor.group].blockCount += ownTiles
    }
    self.segments = segments
    self.frozen = frozen
    self.count = tiles
    groupExtents = extents
  }

  /// Tensors of the given sizes, one behind the other in a group of their own.
  init(sizes: [Int], tileCount: Int) {
    var segments: [Segment] = []
    var (start, tiles) = (0, 0)
    for (index, count) in sizes.enumerated() where count > 0 {
      let end = tiles + (count - 1) / tileCount + 1
      segments.append(
        Segment(
          tensor: index, group: 0, start: start, momentStart: start,
          momentBlock: tiles, count: count, tiles: tiles..<end))
      start += count
      tiles = end
    }
    self.segments = segments
    frozen = []
    count = tiles
    groupExtents = [MomentExtent(elementCount: start, blockCount: tiles)]
  }

  /// The parts of a group's moments, in their order.
  func momentParts(ofGroup group: Int) -> [MomentPart] {
    (segments + frozen).filter { $0.group == group }.map(\.momentPart)
      .sorted { $0.start < $1.start }
  }

  /// The indices of the segments that have some of the tiles.
  func segments(in tiles: Range<Int>) -> Range<Int> {
    let first = segments.partitioningIndex {
      $0.tiles.upperBound > tiles.lowerBound
    }
    var end = first
    while end < segments.count,
      segments[end].tiles.lowerBound < tiles.upperBound
    { end += 1 }
    return first..<end
  }
}
