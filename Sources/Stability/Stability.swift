//===--- Stability.swift - the command ------------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixStability
import ArgumentParser
import Commands
import Numerals
import Plots

/// The learning rates at which steps on a quadratic begin to diverge.
@main
struct Stability: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Stability",
    abstract: "How far alpha and beta3 force the learning rate down.",
    discussion: """
      Prints the largest stable product of learning rate and preconditioned \
      curvature for the given values, and draws it over alpha and beta3. A second \
      chart shows in how many steps an error shrinks, for products below that limit. \
      A third shows the updates of a parameter whose gradients have ended.

      The sharpness is the largest eigenvalue of the preconditioned Hessian. The \
      product over the sharpness is the largest stable learning rate.

      Nothing is random: there is no seed.
      """)

  @Option(help: "The decay rate of the fast moment.")
  var beta1 = 0.9

  @Option(help: "The decay rate of the slow moment.")
  var beta3 = 0.9999

  @Option(help: "The weight of the slow moment.")
  var alpha = 5.0

  @Option(help: "The largest alpha of the map.")
  var largestAlpha = 20.0

  @Option(help: "The columns of the map. More take longer.")
  var columns = 64

  @Option(help: "The folder for pictures and tables.")
  var output = "Plots"

  func validate() throws {
    try require("largest-alpha", largestAlpha, in: 1e-3...1e6)
    try require("columns", columns, in: 2...500)
    do throws(StabilityError) {
      _ = try limit(alpha: alpha, beta3: beta3)
    } catch {
      throw ValidationError("\(error).")
    }
  }

  func run() throws {
    try rerunInReleaseIfNeeded(Self._commandName)
    let limit = try limit(alpha: alpha, beta3: beta3)
    let adam = try self.limit(alpha: 0, beta3: beta3)
    print(
      """
      beta1 \(beta1), beta3 \(beta3), alpha \(alpha):
      largest stable learning rate × curvature  \(limit.text(significant: 8))
      of Adam (alpha 0)                         \(adam.text(significant: 8))
      share                                     \
      \((100 * limit / adam).text(significant: 4)) %
      """)
    let folder = try OutputFolder(output)
    let map = try LimitMap(
      beta1: beta1, largestAlpha: largestAlpha, columns: columns)
    try folder.write("stability-limit.svg", map.picture().svg())
    try folder.write("stability-limit.csv", map.table.text)
    let decay = try ErrorDecay(
      beta1: beta1, beta3: beta3, alphas: [0, alpha, 2 * alpha])
    try folder.write("stability-decay.svg", decay.chart.svg())
    try folder.write("stability-decay.csv", decay.table.text)
    let growth = try IdleGrowth(beta1: beta1, beta3: beta3, alpha: alpha)
    try folder.write("stability-idle.svg", growth.chart.svg())
    try folder.write("stability-idle.csv", growth.table.text)
    print("Pictures and tables are in \(folder.path).")
  }

  private func limit(
    alpha: Double, beta3: Double
  ) throws(StabilityError) -> Double {
    try Hyperparameters(beta1: beta1, beta3: beta3, alpha: alpha)
      .stabilityLimit(at: 0)
  }
}

extension Hyperparameters {
  /// Hyperparameters with the values that the stability of steps depends on.
  init(beta1: Double, beta3: Double, alpha: Double) {
    self.init(
      learningRate: 1, beta1: beta1, beta3: .constant(beta3),
      alpha: .constant(alpha))
  }
}
