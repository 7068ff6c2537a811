//===--- RareVariant.swift - a treatment of rows that few batches meet ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
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
  /// The factor of the embedding's learning rate, if rows of absent characters
  /// are skipped; `nil` if they are not.
  package let skippingFactor: Double?

  private init(
    warmup: Double? = nil, limit: Double? = nil, skippingFactor: Double? = nil
  ) {
    self.warmup = warmup
    self.limit = limit
    self.skippingFactor = skippingFactor
  }

  /// AdamW, and for each warm-up AdEMAMix as it is, with each limit, and with
  /// rows skipped at each factor of the embedding's learning rate.
  package static func all(
    warmups: [Double], limits: [Double], skippingFactors: [Double]
  ) -> [RareVariant] {
    [RareVariant()]
      + warmups.flatMap { warmup in
        [RareVariant(warmup: warmup)]
          + limits.map { RareVariant(warmup: warmup, limit: $0) }
          + skippingFactors.map {
            RareVariant(warmup: warmup, skippingFactor: $0)
          }
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
      skippingFactor.map {
        $0 == 1 ? "skips" : "skips, rate × \($0.text(significant: 6))"
      },
    ]
    return words.compactMap { $0 }.joined(separator: ", ")
  }
}
