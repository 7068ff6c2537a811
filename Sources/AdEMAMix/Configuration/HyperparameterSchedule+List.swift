//===--- HyperparameterSchedule+List.swift - schedules within a schedule -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension HyperparameterSchedule {
  /// The most ``joined(schedules:boundaries:)`` within each other: few enough
  /// for JSON, and for a decoder on a stack of 512 KiB.
  public static let depthLimit = 64

  /// How many joined ones lie within each other.
  private var depth: Int {
    if case .joined(let schedules, _) = self { schedules.depth } else { 0 }
  }

  /// The schedules of a ``joined(schedules:boundaries:)``: an array, but for a
  /// bound of how deep they nest.
  ///
  /// One that would nest deeper than ``depthLimit`` has no elements, and no
  /// optimizer accepts it. So all that walks through a schedule, its end of
  /// life included, takes a bounded stack.
  public struct List: Sendable, Hashable {
    private let elements: [HyperparameterSchedule]
    /// One more than ``HyperparameterSchedule/depthLimit`` where the elements
    /// were dropped.
    let depth: Int

    /// A list of schedules.
    public init(_ elements: [HyperparameterSchedule]) {
      let inner = elements.map(\.depth).max() ?? 0
      depth = Swift.min(inner, HyperparameterSchedule.depthLimit) + 1
      self.elements = depth <= HyperparameterSchedule.depthLimit ? elements : []
    }
  }
}

extension HyperparameterSchedule.List: RandomAccessCollection {
  /// The place of the first schedule.
  public var startIndex: Int { elements.startIndex }
  /// The place behind the last schedule.
  public var endIndex: Int { elements.endIndex }
  /// The schedule at a place.
  public subscript(index: Int) -> HyperparameterSchedule { elements[index] }
}

extension HyperparameterSchedule.List: ExpressibleByArrayLiteral {
  /// A list of schedules.
  public init(arrayLiteral elements: HyperparameterSchedule...) {
    self.init(elements)
  }
}

extension HyperparameterSchedule.List: Codable {
  /// How many lists the one that is being decoded lies in. The decoder's coding
  /// path would tell too, but is made anew, key by key, each time it is asked
  /// for.
  @TaskLocal private static var outerCount = 0

  /// Decodes an array. One that lies too deep is refused before what lies in it
  /// is decoded.
  public init(from decoder: any Decoder) throws {
    let depth = Self.outerCount + 1
    guard depth <= HyperparameterSchedule.depthLimit else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: [],
          debugDescription: ScheduleError.tooDeep.description))
    }
    self.init(
      try Self.$outerCount.withValue(depth) {
        try [HyperparameterSchedule](from: decoder)
      })
  }

  /// Encodes an array.
  public func encode(to encoder: any Encoder) throws {
    try elements.encode(to: encoder)
  }
}

extension HyperparameterSchedule.List: CustomReflectable {
  /// Shows an array.
  public var customMirror: Mirror {
    Mirror(self, unlabeledChildren: elements, displayStyle: .collection)
  }
}
