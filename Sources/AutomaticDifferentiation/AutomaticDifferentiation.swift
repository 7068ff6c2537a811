//===--- AutomaticDifferentiation.swift - the command ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import ArgumentParser
import Commands
import Numerals
import Plots
import Progress

/// A network that Swift differentiates, trained with AdamW and AdEMAMix.
@main
struct AutomaticDifferentiation: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "AutomaticDifferentiation",
    abstract: "Learns to tell two spirals apart, with Swift's own gradients.",
    discussion: """
      A network with two hidden layers of tanh is an ordinary Swift struct. Its \
      gradient comes from the compiler: automatic differentiation in Swift is \
      experimental. AdamW and AdEMAMix start from the same weights and use all \
      points in each step. The test points lie half way between the training \
      points. The program first prints the example of optax's documentation.
      """)

  @Option(help: "The units of each hidden layer.")
  var width = 32

  @Option(help: "The number of steps.")
  var steps = 2_000

  @Option(help: "The learning rate at the start. It falls to 0.")
  var rate = 0.005

  @Option(help: "The seed of the first weights.")
  var seed = 1

  @Option(help: "The folder for pictures and the table.")
  var output = "Plots"

  func validate() throws {
    try require("width", width, in: 1...1_000)
    try require("steps", steps, in: 1...1_000_000)
    try require("rate", rate, in: 0...1_000)
    try require("seed", seed, in: 0...1_000_000_000)
  }

  func run() throws {
    try rerunInReleaseIfNeeded(Self._commandName)
    let folder = try OutputFolder(output)
    print("optax's example, Σx² from (1, 2, 3): \(try Quadratic.values())")
    let hyperparameters = Hyperparameters(
      learningRate: .cosineDecay(from: rate, over: steps), weightDecay: 0.01)
    let contestants = [
      ("AdamW", hyperparameters.with(\.alpha, 0)),
      ("AdEMAMix", hyperparameters.warmingUp(beta3: 0.999, over: steps)),
    ]
    print(
      "Two spirals, 2-\(width)-\(width)-1, \(grouped(steps)) steps, "
        + "learning rate \(rate.text(significant: 2)), seed \(seed)")
    var progress = StepProgress(steps: contestants.count * steps)
    var runs: [TrainingRun] = []
    for (name, hyperparameters) in contestants {
      let run = try TrainingRun(name, hyperparameters, self) {
        progress.countStep(name, loss: $0)
      }
      progress.clear()
      let loss = run.network.loss(Spirals.training)
      print(
        "  \(name): training loss \(loss.text(significant: 3)), "
          + "test accuracy \(run.accuracyText)")
      runs.append(run)
    }
    let figures = Figures(runs: runs)
    try folder.write("spirals-loss.svg", figures.losses.svg())
    if let last = runs.last {
      try folder.write("spirals-map.svg", figures.map(of: last).svg())
    }
    try folder.write("spirals.csv", figures.table.text)
    print("The pictures and the table are in \(folder.path).")
  }
}
