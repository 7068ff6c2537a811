//===--- AverageFields.swift - the state of an average to compare ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

/// The state of an average but for its elements.
struct AverageFields {
  let decay: HyperparameterSchedule
  let updateCount: Int
  let scale: Double
  let isSwappedIn: Bool

  init(_ record: AverageRecord, isSwappedIn: Bool) {
    decay = record.decay
    updateCount = record.updateCount
    scale = record.scale
    self.isSwappedIn = isSwappedIn
  }
}

#endif
