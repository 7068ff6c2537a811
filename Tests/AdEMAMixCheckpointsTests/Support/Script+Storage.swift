//===--- Script+Storage.swift - runs of moments in fewer bits -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

extension Script {
  /// The same run with moments in fewer bits. The `fused` engine is for it.
  func stored(_ first: MomentStorage, _ second: MomentStorage) -> Script {
    var copy = self
    copy.firstStorage = first
    copy.secondStorage = second
    return copy
  }

  /// The first run, with one of ``storages``.
  static func stored(as name: String) throws -> Script {
    let (_, first, second) = try #require(storages.first { $0.name == name })
    return try #require(all.first).stored(first, second)
  }

  /// The presets, mixtures of groups, and formats that no preset has.
  static let storages: [(name: String, MomentStorage, MomentStorage)] = [
    ("compact", .compact, .compact), ("minimal", .minimal, .minimal),
    ("compact and full", .compact, .full),
    (
      "others and minimal",
      MomentStorage(
        fast: .blockInt16, slow: .bfloat16, second: .blockInt16, seed: 7),
      .minimal
    ),
  ]

  /// What the state of moments in fewer bits depends on: whether m1 is there,
  /// whether groups change, NaN in blocks, gradients that have accumulated.
  static let stored: [Script] = all.filter {
    [
      "plain", "mean of 3", "sum of 20", "NaN, propagate", "beta1 of 0",
      "frozen", "thawed", "frozen and thawed again", "edited",
      "damped and reset", "everything",
    ].contains($0.name)
  }
}
