//===--- StoredAverage.swift - an average while a file is written ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

/// The memory of an average while a file is written. It is valid while the
/// average is neither changed nor destroyed.
@unsafe struct StoredAverage<Scalar: OptimizerScalar> {
  let record: AverageRecord
  let isSwappedIn: Bool
  let elements: UnsafeMutableBufferPointer<Scalar>

  init(_ average: borrowing ParameterAverage<Scalar>) {
    unsafe record = average.record
    unsafe isSwappedIn = average.isSwappedIn
    unsafe elements = average.storedElements
  }

  /// Checks that the average has the count of the parameters, and is not
  /// swapped with them.
  func check(count: Int) throws(CheckpointError) {
    guard unsafe !isSwappedIn else { throw .invalidAverage(.isSwappedIn) }
    guard unsafe elements.count == count else {
      throw unsafe .averageCount(elements.count, expected: count)
    }
  }
}

extension AdEMAMix {
  /// Checks that the average can be saved, if there is one, before other ranks
  /// begin to write.
  package func checkAverageIsSaved() throws(CheckpointError) {
    try unsafe ownAverage?.check(count: shard.count)
  }

  /// The memory of the average that the steps keep up to date, if there is one.
  var ownAverage: StoredAverage<Scalar>? {
    switch average {
    case .some(let average): unsafe StoredAverage(average)
    case nil: nil
    }
  }
}
