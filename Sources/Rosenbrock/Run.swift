//===--- Run.swift - one optimizer from the start to the end --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Plots
import Progress

/// The path of one optimizer.
struct Run {
  /// The largest distance to the minimum that counts as near.
  static let near = 0.1

  let name: String
  let rate: Double
  /// The places after the steps of the figure, and after the last step of the
  /// path.
  let end, last: Place
  /// The step from which on the run stays near the minimum, if there is one.
  let arrival: Int?
  /// Points of the path with their steps: all of the first 500, then fewer.
  let path: [(step: Int, point: Point)]
  /// The index of `end` in the path.
  let endIndex: Int

  /// Makes steps up to `last`, of which the first `steps` are those of the
  /// figure.
  init(
    _ contestant: Contestant, rate: Double, steps: Int, upTo last: Int
  ) throws {
    var progress = StepProgress(steps: last)
    var path = [(step: 0, point: RosenbrockFunction.start)]
    var endIndex = 0
    var lastAway = 0
    try Self.walk(contestant, rate: rate, steps: last) { step, point in
      let place = Place(point)
      progress.countStep(contestant.name, loss: place.value)
      if !(place.distance <= Self.near) { lastAway = step }
      // A picture shows no more than these 2,500 points.
      if step <= 500 || step == steps || step == last
        || step.isMultiple(of: max(1, last / 2_000))
      {
        if step == steps { endIndex = path.count }
        path.append((step, point))
      }
    }
    name = contestant.name
    self.rate = rate
    self.path = path
    self.endIndex = endIndex
    end = Place(path[endIndex].point)
    self.last = Place(path[path.count - 1].point)
    arrival = lastAway < last ? lastAway + 1 : nil
  }

  /// Makes steps, and calls `body` with each step and the point after it.
  static func walk(
    _ contestant: Contestant, rate: Double, steps: Int,
    _ body: (Int, Point) -> Void
  ) throws {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup(
        "point", sizes: [2],
        contestant.hyperparameters.with(\.learningRate, .constant(rate)))
    ])
    let start = RosenbrockFunction.start
    var parameters = [Float(start.x), Float(start.y)]
    for step in 1...steps {
      try optimizer.step(
        &parameters, gradients: RosenbrockFunction.gradient(parameters))
      body(step, Point(Double(parameters[0]), Double(parameters[1])))
    }
  }
}
