//===--- Rosenbrock.swift - the command -----------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Numerals
import Plots

/// Trajectories of Adam and AdEMAMix over Rosenbrock's function.
@main
struct Rosenbrock: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Rosenbrock",
    abstract: "Adam and AdEMAMix on Rosenbrock's function, from (-3, 5).",
    discussion: """
      Draws figure 2 of the AdEMAMix paper and those of optax's gallery: paths \
      over the contours of (1-x)² + 100(y-x²)², and the distance to the minimum \
      at (1, 1).

      paper     Adam (beta2 .999) and AdEMAMix (beta1 .9, beta2 .999, alpha 9). \
      The paper does not give learning rates. Each optimizer gets the rate up to \
      --largest-rate whose greatest distance over the last fifth of the steps is \
      smallest. Pictures go on to four times the steps, since a path may pass the \
      minimum without staying. A chart shows the distances of all rates, also of \
      larger ones.
      notebook  The settings of optax's notebook: 100,000 steps in Float. The final \
      points are printed beside those of the notebook.

      Nothing is random: there is no seed.
      """)

  @Option(help: "The figure to draw. (default: both)")
  var figure: Figure?

  @Option(
    help: """
      The number of steps. Paths of the paper's figure go on behind them. (default: \
      paper 5000, notebook 100000)
      """)
  var steps: Int?

  @Option(
    help: "The largest learning rate of an optimizer in the paper's figure.")
  var largestRate = 0.01

  @Option(help: "The folder for pictures and tables.")
  var output = "Plots"

  enum Figure: String, ExpressibleByArgument, CaseIterable {
    case paper, notebook
  }

  func validate() throws {
    if let steps { try require("steps", steps, in: 1...10_000_000) }
    try require("largest-rate", largestRate, in: 1e-4...1)
  }

  func run() throws {
    try rerunInReleaseIfNeeded(Self._commandName)
    let folder = try OutputFolder(output)
    if figure != .notebook { try drawPaper(folder) }
    if figure != .paper { try drawNotebook(folder) }
    print("Pictures and tables are in \(folder.path).")
  }

  private func drawPaper(_ folder: OutputFolder) throws {
    let steps = steps ?? 5_000
    let last = 4 * steps
    let stretch = RateSearch.stretch(of: steps)
    let search = try RateSearch(Contestant.paper, steps: steps)
    print(
      "Paper, each with the learning rate up to \(largestRate) whose greatest "
        + "distance in steps\n\(text(stretch)) is smallest:")
    var runs: [Run] = []
    for (index, contestant) in Contestant.paper.enumerated() {
      guard let best = search.best(index, upTo: largestRate) else { continue }
      let run = try Run(
        contestant, rate: best.rate, steps: steps, upTo: last)
      print(line(run.name, best))
      print("    after \(grouped(steps)) steps \(run.end)")
      print("    after \(grouped(last)) steps \(run.last)")
      let arrival = run.arrival.map { "from step \(grouped($0)) on" }
      print("    within \(Run.near): \(arrival ?? "not for good")")
      runs.append(run)
    }
    print("Free to choose up to 1:")
    for (index, name) in search.names.enumerated() {
      guard let best = search.best(index, upTo: 1) else { continue }
      print(line(name, best))
    }
    let chart = search.chart(steps: steps, largestRate: largestRate)
    try folder.write("rosenbrock-rates.svg", chart.svg())
    try folder.write("rosenbrock-rates.csv", search.table.text)
    try Figures(name: "paper", runs: runs, stretch: stretch).write(to: folder)
  }

  private func drawNotebook(_ folder: OutputFolder) throws {
    let steps = steps ?? 100_000
    print("optax's notebook, \(grouped(steps)) steps, learning rate 0.003:")
    var runs: [Run] = []
    for contestant in Contestant.notebook(steps: steps) {
      let run = try Run(contestant, rate: 0.003, steps: steps, upTo: steps)
      var line = "  \(padded(contestant.name)) \(run.end)"
      if steps == 100_000, let printed = contestant.printed {
        line += "; notebook \(Place(printed))"
      }
      print(line)
      runs.append(run)
    }
    try Figures(name: "notebook", runs: runs).write(to: folder)
  }

  private func line(
    _ name: String, _ best: (rate: Double, distance: Double)
  ) -> String {
    "  \(padded(name)) learning rate \(best.rate.text(significant: 2)): "
      + "at most \(best.distance.text(significant: 2)) away"
  }

  private func padded(_ name: String) -> String {
    name + String(repeating: " ", count: max(0, 24 - name.count))
  }
}
