//===--- ParameterAverage+Record.swift - the state as values, and back ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension ParameterAverage {
  /// All of the state but the elements.
  package var record: AverageRecord {
    AverageRecord(
      decay: decay, updateCount: updateCount, scale: scale.value, sizes: sizes)
  }

  /// The averages as they are stored. Valid while the average is neither
  /// changed nor destroyed.
  package var storedElements: UnsafeMutableBufferPointer<Scalar> {
    unsafe UnsafeMutableBufferPointer(start: stored, count: count)
  }

  /// An average with the state of a record, its elements being 0.
  ///
  /// - Parameters:
  ///   - record: The state.
  ///   - count: The number of elements.
  ///   - sizes: The tensors to cut them into, or `nil` for those of the record.
  ///   - threads: As for an average made anew.
  /// - Returns: The average.
  /// - Throws: ``AdEMAMixError`` for what an average refuses, and for
  ///   sizes that do not add up to `count`.
  package static func restored(
    _ record: AverageRecord, count: Int, sizes: [Int]? = nil, threads: Int?
  ) throws(AdEMAMixError) -> ParameterAverage {
    try checkUpdateCount(record.updateCount)
    guard LazyScale.range.contains(record.scale) else {
      throw .scale(record.scale)
    }
    let sizes = sizes ?? record.sizes
    try check(record.sizes, count: count)
    try check(sizes, count: count)
    var average = try ParameterAverage(
      sizes: sizes, decay: record.decay, threads: threads)
    average.updateCount = record.updateCount
    average.scale.value = record.scale
    return average
  }

  private static func check(
    _ sizes: [Int], count: Int
  ) throws(AdEMAMixError) {
    var rest = count
    for size in sizes {
      guard (0...rest).contains(size) else {
        throw .tensorSizes(sizes, expectedCount: count)
      }
      rest -= size
    }
    guard rest == 0 else { throw .tensorSizes(sizes, expectedCount: count) }
  }
}
