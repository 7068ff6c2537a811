//===--- Overlap.swift - sums behind a backward pass that sleeps ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import Foundation

/// Measures how much of the time for sums hides behind a backward pass. The
/// pass sleeps, so that ranks that share processors have theirs as if alone.
///
/// - Parameters:
///   - world: The ranks, between which the network has a rate.
///   - arguments: The milliseconds of a pass, and the times at which each layer
///     lets messages go on.
/// - Throws: `DistributedError`.
func measureOverlap(
  on world: borrowing MPICommunicator, _ arguments: [String]
) throws {
  let milliseconds = arguments.first.flatMap { Int($0) } ?? 200
  let pauses = arguments.dropFirst().first.flatMap { Int($0) } ?? 4
  let layers = 24
  let layout = try ParameterLayout([
    ParameterGroup(
      "layers", sizes: Array(repeating: 250_000, count: layers),
      Hyperparameters(learningRate: 0.01))
  ])
  let names = layout.tensors.map(\.name)
  for isNarrow in [false, true] {
    var optimizer = try DistributedAdEMAMix<Float>(
      layout, on: world, engine: .fused, threads: 1)
    optimizer.sendsBFloat16Gradients = isNarrow
    var parameters = [Float](repeating: 1, count: layout.count)
    let gradient = [Float](repeating: 0.5, count: 250_000)
    let gradients = [Float](repeating: 0.5, count: layout.count)
    var times = [[Duration]](repeating: [], count: 6)
    let clock = ContinuousClock()
    // The first steps fill caches and open connections.
    for step in 0..<14 {
      var found: [Duration] = []
      // All begin at one time.
      _ = try world.sum([0])
      found.append(
        try clock.measure {
          _ = try optimizer.step(&parameters, gradients: gradients)
        })
      for pass in [0, milliseconds] {
        var work = Duration.zero
        _ = try world.sum([0])
        let whole = try clock.measure {
          _ = try optimizer.openStep(&parameters) { open, _ in
            let start = clock.now
            for name in names.reversed() {
              for _ in 0..<(pass > 0 ? pauses : 0) {
                Thread.sleep(
                  forTimeInterval: Double(pass) / 1_000
                    / Double(layers * pauses))
                try open.progress()
              }
              try open.update(name, gradients: gradient)
            }
            work = clock.now - start
          }
        }
        let (waiting, calls) = optimizer.openStepTiming
        found += pass == 0 ? [calls + waiting] : [work - calls, waiting, whole]
        if pass > 0 { found.append(calls) }
      }
      if step >= 4 {
        for index in times.indices { times[index].append(found[index]) }
      }
    }
    let means = try world.sum(
      times.map { $0.sorted()[$0.count / 2] / .milliseconds(1) }
    ).map { $0 / Double(world.size) }
    let (once, sums, pass) = (means[0], means[1], means[2])
    if world.rank == 0 {
      print(
        "\(world.size) ranks, \(isNarrow ? "bfloat16" : "Float"), \(pauses) "
          + "pauses a layer, ms: backward pass \(Int(pass)), sums alone "
          + "\(Int(sums)), waits at the end \(Int(means[3])), calls in the "
          + "pass \(Int(means[5])); hidden "
          + "\(Int(100 * (sums - means[3]) / min(sums, pass))) % of the "
          + "smaller; pass and step at once \(Int(pass + once)), open step "
          + "\(Int(means[4])); bytes under way \(optimizer.bucketByteCount)")
    }
  }
}

#endif
