//===--- StudyOptions+Study.swift - runs, one after the other -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Numerals
internal import Progress

extension StudyOptions {
  /// Makes the runs that the table lacks, one after the other, and adds each to
  /// the table.
  ///
  /// - Parameters:
  ///   - title: The name of the task, for the display.
  ///   - rates: The learning rates without an option that says others.
  ///   - train: Makes a run, calls its argument with the loss of each step, and
  ///     returns the validation losses of all evaluations in their order.
  /// - Throws: The errors of `train`, and those of a file that is no table.
  package func study(
    _ title: String, rates: [Double],
    _ train: (StudyRun, _ report: (Double) -> Void) throws -> [Double]
  ) throws {
    var file = try StudyFile(output)
    let known = Set(file.table.results.map(\.run))
    let open = runs(rates).filter { !known.contains($0) }
    var progress = StepProgress(steps: open.reduce(0) { $0 + $1.steps })
    for run in open {
      let losses = try train(run) { progress.countStep(title, loss: $0) }
      try file.add(StudyResult(run, losses: losses))
    }
    progress.clear()
    print(
      "Runs made now: \(grouped(open.count)). Runs in \(output): "
        + "\(grouped(file.table.results.count)).")
  }
}
