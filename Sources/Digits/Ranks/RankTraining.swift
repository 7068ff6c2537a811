//===--- RankTraining.swift - the same batches, for many ranks or for one -===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import Layers
import Numerals

struct RankTraining: Sendable {
  let images: DigitImages
  let layers: PerceptronLayers
  let steps: Int
  let batch: Int

  private static let seed: UInt64 = 1

  private var layout: ParameterLayout {
    get throws {
      try layers.plan.layout(
        Hyperparameters(
          learningRate: .warmupCosine(
            peak: 2e-3, warmup: steps / 20, total: steps, to: 2e-5),
          weightDecay: 0.1
        ).warmingUp(beta3: 0.99, over: steps))
    }
  }

  private var start: [Float] {
    layers.plan.initialValues(seed: Self.seed)
  }

  /// The images of a step, over all ranks.
  private func chosen(step: Int) -> [Int] {
    // Streams of the first numbers are those of the parameters.
    let random = CounterRandom(seed: Self.seed, stream: 1 << 32)
    return (0..<batch).map {
      random.below(images.count, UInt64(step * batch + $0))
    }
  }

  /// Trains with all ranks.
  func run(
    on world: borrowing Communicator, _ placement: Placement
  ) throws -> (parameters: [Float], stateByteCount: Int) {
    var optimizer = try DistributedAdEMAMix<Float>(
      layout, on: world, placement: placement, clock: .fromOne, threads: 1)
    let share = batch / world.size
    let model = Perceptron<Float>(layers, capacity: share)
    var parameters = start
    try optimizer.broadcast(&parameters)
    var gradients = parameters
    for step in 0..<steps {
      let own = chosen(step: step)[(world.rank * share)...].prefix(share)
      _ = model.loss(parameters, images, Array(own), gradients: &gradients)
      try optimizer.step(&parameters, gradients: &gradients)
    }
    return (parameters, optimizer.stateByteCount)
  }

  /// Trains with this process alone.
  func runAlone() throws -> [Float] {
    var optimizer = try AdEMAMix<Float>(layout, clock: .fromOne, threads: 1)
    let model = Perceptron<Float>(layers, capacity: batch)
    var parameters = start
    var gradients = parameters
    for step in 0..<steps {
      _ = model.loss(
        parameters, images, chosen(step: step), gradients: &gradients)
      try optimizer.step(&parameters, gradients: gradients)
    }
    return parameters
  }

  /// Prints how well parameters tell images.
  func report(
    _ name: String, _ parameters: [Float], _ unseen: DigitImages
  ) throws {
    let model = Perceptron<Float>(layers, capacity: 256)
    let training = model.evaluation(parameters, images)
    let test = model.evaluation(parameters, unseen)
    print(
      "trained \(name): loss \(training.loss.text(decimals: 5)), on images held back "
        + "\(test.loss.text(decimals: 5)), "
        + "\((100 * test.accuracy).text(decimals: 1)) % right")
  }
}
#endif
