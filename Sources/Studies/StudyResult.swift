//===--- StudyResult.swift - a run, and the losses that it reached --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Numerals

/// A run of a study that has ended, and its losses.
package struct StudyResult: Sendable, Hashable {
  package let run: StudyRun
  /// The validation loss after the last step, in nats.
  package let finalLoss: Double
  /// The lowest validation loss of all evaluations, in nats.
  package let lowestLoss: Double

  package init(_ run: StudyRun, losses: [Double]) {
    self.run = run
    finalLoss = losses.last ?? .nan
    lowestLoss = losses.min { $0.isBelow($1) } ?? .nan
  }
}

extension StudyResult {
  /// The columns of ``csv``.
  static let columns =
    "steps,alpha,beta3,warmup,learning_rate,seed,final_loss,lowest_loss"

  /// The result as a line of CSV, with losses to a millionth of a nat.
  var csv: String {
    let losses = [finalLoss, lowestLoss].map { $0.text(decimals: 6) }
    return "\(run.steps),\(run.alpha),\(run.beta3),\(run.warmup),"
      + "\(run.learningRate),\(run.seed),\(losses.joined(separator: ","))"
  }

  /// The result out of a line of CSV; `nil` for a line that ``csv`` does not
  /// write.
  init?(csv line: Substring) {
    let fields = line.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = fields.compactMap { Double($0) }
    guard fields.count == 8, numbers.count == 8, let steps = Int(fields[0]),
      let seed = UInt64(fields[5])
    else { return nil }
    run = StudyRun(
      steps: steps, alpha: numbers[1], beta3: numbers[2], warmup: numbers[3],
      learningRate: numbers[4], seed: seed)
    finalLoss = numbers[6]
    lowestLoss = numbers[7]
  }
}
