//===--- RankSetting.swift - what was measured on which ranks ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// The conditions of a measurement.
struct RankSetting: Encodable {
  let ranks: Int
  let scalar: ScalarName
  /// The threads of each rank.
  let threads: Int
  let count: Int
  let pieceCount: Int
  /// The bytes of state of the rank that reports.
  let stateBytes: Int
  /// The bytes of state of a rank that keeps everything.
  let wholeStateBytes: Int
  /// The memory for gradients on their way.
  let chunkBytes: Int
}

#endif
