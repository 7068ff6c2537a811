//===--- ParameterAverage+Record.swift - the state as values, and back ----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// All of an average but its elements, to be stored with them.
package struct AverageRecord: Sendable, Hashable, Codable {
  package var decay: Schedule
  package var updateCount: Int
  /// The factor between the averages and what is stored of them.
  package var scale: LazyScale
  /// The elements of each tensor, or of all where they came in one buffer.
  package var sizes: [Int]
}

extension ParameterAverage {
  /// All of the state but the elements.
  package var record: AverageRecord {
    AverageRecord(
      decay: decay, updateCount: updateCount, scale: scale, sizes: sizes)
  }

  /// The averages as they are stored. Valid while the average is neither changed
  /// nor destroyed.
  package var storedElements: UnsafeMutableBufferPointer<Scalar> {
    unsafe UnsafeMutableBufferPointer(start: stored, count: count)
  }

  /// An average with the state of a record, its elements being undefined.
  ///
  /// - Throws: ``ParameterAverageError`` for what an average refuses, and for
  ///   sizes that do not add up to `count`.
  package static func restored(
    _ record: AverageRecord, count: Int, threads: Int?
  ) throws(ParameterAverageError) -> ParameterAverage {
    try checkUpdateCount(record.updateCount)
    guard (0...1).contains(record.scale.value) else {
      throw .scale(record.scale.value)
    }
    var sum = 0
    for size in record.sizes {
      guard (0...(count - sum)).contains(size) else {
        throw .tensorSizes(record.sizes, expectedCount: count)
      }
      sum += size
    }
    guard sum == count else {
      throw .tensorSizes(record.sizes, expectedCount: count)
    }
    var average = try ParameterAverage(
      sizes: record.sizes, decay: record.decay, threads: threads)
    average.updateCount = record.updateCount
    average.scale = record.scale
    return average
  }

  /// Checks a count that comes from outside: what a `Double` counts exactly.
  static func checkUpdateCount(_ count: Int) throws(ParameterAverageError) {
    guard (0...1 << 53).contains(count) else { throw .updateCount(count) }
  }
}
