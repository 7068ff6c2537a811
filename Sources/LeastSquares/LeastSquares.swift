//===--- LeastSquares.swift - the command ---------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Numerals
import Plots

/// The distances of AdamW and AdEMAMix to an answer that LAPACK computes.
@main
struct LeastSquares: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "LeastSquares",
    abstract: "AdamW and AdEMAMix beside the exact answer of LAPACK.",
    discussion: """
      Least squares over an ill-conditioned matrix with random singular vectors. \
      Each step uses some rows. LAPACK's dgels computes the exact minimiser over \
      all rows. Each optimizer gets the best learning rate of a search, made on \
      another problem. The chart shows the distance to the answer, relative to the \
      answer's length: the median over the seeds, and the range.
      """)

  @Option(help: "The rows of the matrix.")
  var rows = 2_000

  @Option(help: "The columns of the matrix: the parameters.")
  var columns = 100

  @Option(help: "The largest singular value over the smallest.")
  var condition = 300.0

  @Option(help: "The standard deviation of the noise in the observations.")
  var noise = 0.1

  @Option(help: "The rows of a step.")
  var batch = 64

  @Option(help: "The number of steps.")
  var steps = 10_000

  @Option(help: "The number of problems, each with a run of every optimizer.")
  var seeds = 5

  @Option(help: "The first seed. The search uses the seed before it.")
  var seed = 1

  @Option(help: "The folder for pictures and tables.")
  var output = "Plots"

  func validate() throws {
    try require("columns", columns, in: 1...5_000)
    try require("rows", rows, in: columns...100_000)
    try require("batch", batch, in: 1...rows)
    try require("steps", steps, in: 1...10_000_000)
    try require("seeds", seeds, in: 1...1_000)
    try require("seed", seed, in: 1...1_000_000_000)
    try require("condition", condition, in: 1...1e15)
    try require("noise", noise, in: 0...1e6)
  }

  func run() throws {
    try rerunInReleaseIfNeeded(Self._commandName)
    let folder = try OutputFolder(output)
    print(
      "\(grouped(rows)) × \(grouped(columns)), condition "
        + "\(condition.text(significant: 6)), \(grouped(steps)) steps of "
        + "\(batch) rows, \(seeds) seeds from \(seed)")
    let comparison = try Comparison(self)
    for result in comparison.results {
      print(
        "  \(result.name): rate \(result.rate.text(significant: 2)), distance "
          + MedianAndRange(result.ends).text { $0.text(significant: 3) })
    }
    try folder.write("least-squares.svg", comparison.chart.svg())
    try folder.write("least-squares.csv", comparison.table.text)
    try folder.write("least-squares-rates.csv", comparison.rates.text)
    print("The picture and the tables are in \(folder.path).")
  }
}
