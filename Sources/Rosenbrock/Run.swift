//===--- Run.swift - one optimizer from the start to the end --------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Plots
import Progress

/// The path of one optimizer.
struct Run {
  let name: String
  let rate: Double
  let end: End
  /// Some points of the path with their steps: all at first, then fewer.
  let path: [(step: Int, point: Point)]

  /// Makes the steps.
  init(_ contestant: Contestant, rate: Double, steps: Int) throws {
    var progress = StepProgress(steps: steps)
    var path = [(step: 0, point: RosenbrockFunction.start)]
    end = try Self.end(contestant, rate: rate, steps: steps) { step, point in
      progress.countStep(contestant.name, loss: End(point).value)
      // Paths are drawn with some 2500 points.
      if step <= 500 || step.isMultiple(of: max(1, steps / 2_000)) {
        path.append((step, point))
      }
    }
    name = contestant.name
    self.rate = rate
    self.path = path
  }

  /// Makes the steps, and shows each to `body`.
  static func end(
    _ contestant: Contestant, rate: Double, steps: Int,
    _ body: (Int, Point) -> Void
  ) throws -> End {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup(
        "point", sizes: [2],
        contestant.hyperparameters.with(\.learningRate, .constant(rate)))
    ])
    let start = RosenbrockFunction.start
    var parameters = [Float(start.x), Float(start.y)]
    var point = start
    for step in 1...steps {
      try optimizer.step(
        &parameters, gradients: RosenbrockFunction.gradient(parameters))
      point = Point(Double(parameters[0]), Double(parameters[1]))
      body(step, point)
    }
    return End(point)
  }
}
