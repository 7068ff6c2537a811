//===--- RareVariant.swift - a treatment of rows that few batches meet ----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Numerals

/// An optimizer, and the setting of its embedding against rows that few batches
/// meet.
package struct RareVariant: Sendable, Hashable {
  /// The share of the steps in which alpha and beta3 rise. `nil` stands for
  /// AdamW.
  package let warmup: Double?
  /// The limit of the embedding's direction; `nil` for none.
  package let limit: Double?
  /// Whether rows of absent characters are skipped.
  package let isSkipping: Bool

  private init(
    warmup: Double? = nil, limit: Double? = nil, isSkipping: Bool = false
  ) {
    self.warmup = warmup
    self.limit = limit
    self.isSkipping = isSkipping
  }

  /// AdamW, and for each warm-up AdEMAMix as it is, with each limit, and with
  /// rows skipped.
  package static func all(
    warmups: [Double], limits: [Double]
  ) -> [RareVariant] {
    [RareVariant()]
      + warmups.flatMap { warmup in
        [RareVariant(warmup: warmup)]
          + limits.map { RareVariant(warmup: warmup, limit: $0) }
          + [RareVariant(warmup: warmup, isSkipping: true)]
      }
  }

  /// The number of steps in which alpha and beta3 rise, of all steps of a run.
  func warmupSteps(of steps: Int) -> Int {
    Int(((warmup ?? 0) * Double(steps)).rounded())
  }

  /// The name of the variant, in which `steps` is the length of the run.
  package func name(steps: Int) -> String {
    guard warmup != nil else { return "AdamW" }
    let rise = warmupSteps(of: steps)
    let words = [
      "AdEMAMix", rise == 0 ? "no warm-up" : "warm-up \(grouped(rise))",
      limit.map { "limit \($0.text(significant: 6))" },
      isSkipping ? "skips" : nil,
    ]
    return words.compactMap { $0 }.joined(separator: ", ")
  }
}
