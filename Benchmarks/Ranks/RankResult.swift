//===--- RankResult.swift - a step on several ranks, and its parts --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import Foundation
import Numerals

/// The object of the file.
struct RankResult: Encodable {
  let setting: RankSetting
  let seconds: [RankPart: Double]
  /// The share of the shorter of communication and update that a step does not
  /// take; `nil` on one rank.
  let hidden: Double?

  init(_ setting: RankSetting, _ seconds: [RankPart: Double]) {
    self.setting = setting
    self.seconds = seconds
    func time(_ part: RankPart) -> Double { seconds[part] ?? .nan }
    let communication = time(.reduceScatter) + time(.allGather)
    let update = time(.update)
    hidden =
      setting.ranks == 1
      ? nil
      : (communication + update - time(.sharded))
        / min(communication, update)
  }
}

extension Table {
  /// The result of one run.
  init(_ result: RankResult) {
    let setting = result.setting
    let bytes =
      Double(setting.count * setting.scalar.byteCount)
      * Double(setting.ranks - 1) / Double(setting.ranks)
    func row(_ name: String, _ part: RankPart, bytes: Double = 0) -> [String] {
      let time = result.seconds[part] ?? .nan
      return [
        name, (time * 1e3).text(decimals: 3),
        (time * 1e9 / Double(setting.count)).text(decimals: 3),
        bytes > 0 ? (bytes / time / 1e9).text(decimals: 2) : "",
      ]
    }
    let share = Double(setting.stateBytes) / Double(setting.wholeStateBytes)
    let hidden = result.hidden.map { "; hidden \(Int((100 * $0).rounded())) %" }
    title =
      "\(grouped(setting.count)) parameters, \(setting.scalar.rawValue), "
      + "\(setting.ranks) \(setting.ranks == 1 ? "rank" : "ranks"), pieces of "
      + "\(grouped(setting.pieceCount)); state "
      + "\((100 * share).text(decimals: 3)) % of the whole\(hidden ?? "")"
    header = ["", "ms", "ns/param", "GB/s"]
    groups = [
      [
        row("sharded", .sharded),
        row("  waits for gradients", .waitForGradients),
        row("  works", .work),
        row("  waits for parameters", .waitForParameters),
        row("one chunk", .oneChunk),
        row("replicated", .replicated),
      ],
      [
        row("reduce-scatter alone", .reduceScatter, bytes: bytes),
        row("update alone", .update),
        row("all-gather alone", .allGather, bytes: bytes),
        row("agreement alone", .agreement),
      ],
    ]
  }
}
#endif
