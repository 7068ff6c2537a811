//===--- RunQueue.swift - runs side by side, one on each core -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Dispatch
import Synchronization

/// Makes runs side by side, each in a folder of its own. Finished runs are read
/// from their folders.
package struct RunQueue: Sendable {
  private let corpus: Corpus
  /// The folder in which each run has a folder, named after its settings.
  private let folder: String

  package init(_ corpus: Corpus, folder: String) {
    self.corpus = corpus
    self.folder = folder
  }

  /// The results of runs, in the order of the runs. A run whose folder has its
  /// result is not made again, and a run that was killed goes on.
  package func results(of runs: [RunSettings]) throws -> [RunResult] {
    let folders = try runs.map { try RunFolder("\(folder)/\($0.name)", $0) }
    let stored = try folders.map { try $0.storedCurve() }
    let steps = zip(runs, stored).map { run, curve in
      run.steps - (curve.points.last?.step ?? 0)
    }
    let open = runs.indices.filter { steps[$0] > 0 }
    // A finished run may have been killed before its checkpoints were removed.
    for run in runs.indices where steps[run] <= 0 {
      folders[run].removeCheckpoints()
    }
    let display = ProgressDisplay(steps: steps.reduce(0, +))
    let curves = Mutex(stored)
    let failure = Mutex<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: open.count) { index in
      let run = open[index]
      if failure.withLock({ $0 != nil }) { return }
      do {
        var training = try TrainingRun(
          runs[run], corpus, folder: folders[run])
        try training.train { display.show(runs[run], loss: $0) }
        folders[run].removeCheckpoints()
        let curve = training.curve
        curves.withLock { $0[run] = curve }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    if !open.isEmpty { display.finish() }
    if let error = failure.withLock({ $0 }) { throw error }
    return zip(runs, curves.withLock { $0 }).map {
      RunResult(settings: $0, curve: $1)
    }
  }
}
