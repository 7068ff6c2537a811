//===--- EngineFigures.swift - an engine, and loops beside it -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The figures of a row that compares engines.
struct EngineFigures: Encodable {
  let engine: EngineName
  let gigabytesPerSecond: Double
  /// The time of the naive loop on one thread over this time.
  let speedupOverNaive: Double
  /// This time over that of the ceiling on as many threads.
  let ratioToCeiling: Double
  /// This time over that of one buffer of the same total; `nil` for one buffer.
  /// The file has the two times alone.
  let ratioToFlat: Double?

  private enum CodingKeys: CodingKey {
    case engine, gigabytesPerSecond, speedupOverNaive, ratioToCeiling
  }
}
