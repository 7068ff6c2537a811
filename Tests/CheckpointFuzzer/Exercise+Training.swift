//===--- Exercise+Training.swift - what is accepted must go on ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints

extension Exercise {
  /// Makes steps, saves, and loads what has been saved.
  mutating func train<Scalar: OptimizerScalar>(
    _ accepted: consuming AdEMAMix<Scalar>
  ) {
    var optimizer = accepted
    acceptedCount += 1
    let count = optimizer.shard.count
    save(optimizer, nil)
    guard count <= Self.largestTrained else { return }
    // Steps on weights that are split exist for `Float` alone.
    do throws(AdEMAMixError) {
      try optimizer.convertWeights(to: .scalar)
    } catch {
      breach("weights cannot be made whole: \(error)")
    }
    var parameters = [Scalar](repeating: 1, count: count)
    for gradient: Scalar in [0, 0.5, 0.25] {
      let gradients = [Scalar](repeating: gradient, count: count)
      do throws(AdEMAMixError) {
        try optimizer.step(&parameters, gradients: gradients)
      } catch {
        require(
          optimizer.mayRefuse(with: error), "a step refused: \(error)")
      }
      save(optimizer, parameters)
    }
    _ = optimizer.copyMoments()
  }

  private func save<Scalar: OptimizerScalar>(
    _ optimizer: borrowing AdEMAMix<Scalar>, _ parameters: [Scalar]?
  ) {
    let path = "\(folder)/saved"
    do throws(CheckpointError) {
      if let parameters {
        try optimizer.save(to: path, parameters: parameters)
      } else {
        try optimizer.save(to: path)
      }
      let saved = try Checkpoint<Scalar>(path)
      let again = try saved.optimizer(
        engine: optimizer.engine, threads: 1)
      // By their texts: a schedule may have NaN, which equals nothing.
      require(
        "\(again.record)" == "\(optimizer.record)", "another state")
      if let parameters {
        let values = try saved.parameters()
        // By bits: NaN may be among them.
        let isSame = zip(values, parameters).allSatisfy {
          $0 == $1 || $0.isNaN && $1.isNaN
        }
        require(isSame, "other parameters")
      }
    } catch {
      breach("what was accepted cannot be saved and loaded: \(error)")
    }
  }

  /// Makes updates, and saves.
  func check<Scalar: OptimizerScalar>(
    _ accepted: consuming ParameterAverage<Scalar>,
    of checkpoint: borrowing Checkpoint<Scalar>
  ) {
    var average = accepted
    guard average.count <= Self.largestTrained,
      let optimizer = try? checkpoint.optimizer(threads: 1)
    else { return }
    let parameters = [Scalar](repeating: 1, count: average.count)
    do throws(AdEMAMixError) {
      try average.update(with: parameters)
    } catch {
      guard error.code == .invalidHyperparameter, !average.decay.isConstant
      else {
        breach("an average refused an update: \(error)")
      }
    }
    let path = "\(folder)/average"
    do throws(CheckpointError) {
      try optimizer.save(to: path, parameters: parameters, average: average)
      let again = try Checkpoint<Scalar>(path).average(threads: 1)
      require(
        "\(again.record)" == "\(average.record)", "another average")
    } catch {
      breach("an average cannot be saved and loaded: \(error)")
    }
  }
}

extension HyperparameterSchedule {
  fileprivate var isConstant: Bool {
    if case .constant = self { true } else { false }
  }
}

extension AdEMAMix {
  /// Whether a step may refuse for a reason that comes with time, or lies in
  /// the elements: a schedule that leaves its range, a gradient that is not
  /// finite once it has been scaled or summed.
  fileprivate func mayRefuse(with error: AdEMAMixError) -> Bool {
    switch error.code {
    case .invalidHyperparameter:
      return layout.groups.contains {
        let h = $0.hyperparameters
        return $0.name == error.group
          && ![h.learningRate, h.alpha, h.beta3, h.weightDecay].allSatisfy(
            \.isConstant)
      }
    case .invalidOption:
      switch options.accumulation {
      case .mean(let schedule), .sum(let schedule): return !schedule.isConstant
      case nil: return false
      }
    case .nonFiniteGradient, .tooManySkippedSteps: return true
    default: return false
    }
  }
}
