//===--- PlainOptimizer+Update.swift - the equations, and their report ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport

extension PlainOptimizer {
  /// Updates the moments, and the parameters unless the update is reported.
  mutating func move(_ gradient: [Double], _ report: inout PlainReport) {
    undecided = []
    var measured = groups.map { _ in PlainMeasurement() }
    for tensor in tensors where !isFrozen(tensor) {
      measured[tensor.group].add(
        moveTensor(tensor.range, of: tensor.group, gradient, &report.update))
    }
    for (index, group) in groups.enumerated() where !group.isFrozen {
      if options.measuresDiagnostics {
        report.groups.append(
          PlainReport.Group(
            name: group.name, learningRate: learningRate(of: group),
            measured: measured[index]))
      }
      counts[index].fast += 1
      counts[index].slow += 1
      counts[index].second += 1
    }
  }

  private func learningRate(of group: ParameterGroup) -> Double {
    group.hyperparameters.learningRate.value(at: clock.count(after: stepCount))
      * group.learningRateFactor
  }

  private mutating func moveTensor(
    _ range: Range<Int>, of index: Int, _ gradient: [Double],
    _ written: inout [Double]?
  ) -> PlainMeasurement {
    let group = groups[index]
    let h = group.hyperparameters
    let slowCount = clock.count(after: counts[index].slow)
    let (beta3, alpha) = (
      h.beta3.value(at: slowCount), h.alpha.value(at: slowCount)
    )
    let decay = h.weightDecay.value(at: clock.count(after: stepCount))
    let correction1 = 1 - power(h.beta1, counts[index].fast + 1)
    let correction2 = 1 - power(h.beta2, counts[index].second + 1)

    var measured = PlainMeasurement()
    var updates: [Double] = []
    var nearZero: Set<Int> = []
    var skipped: Set<Int> = []
    let limit = group.directionLimit ?? .infinity
    let ownRate = written == nil ? learningRate(of: group) : 1
    var shares: [Double] = []
    for i in range {
      let g = gradient[i]
      let before = (fast[i], slow[i], second[i])
      /// β·m + rest·x. Groups that skip gradients of 0 have the same sum in
      /// another form, which makes NaN of an infinite moment.
      func averaged(
        _ m: Double, _ beta: Double, _ x: Double, rest: Double? = nil
      ) -> Double {
        let rest = rest ?? 1 - beta
        return group.skipsZeroGradients && beta >= 0.5
          ? m + (rest * x - (1 - beta) * m) : beta * m + rest * x
      }
      second[i] = averaged(second[i], h.beta2, g * g)
      let fastTerm: Double
      let slowTerm: Double
      var m1 = g
      switch h.form {
      case .standard:
        if group.hasFastMoment {
          fast[i] = averaged(fast[i], h.beta1, g)
          m1 = fast[i]
        }
        slow[i] = averaged(slow[i], beta3, g)
        fastTerm = m1 / correction1
        slowTerm = alpha * slow[i]
      case .simplified:
        slow[i] = averaged(slow[i], beta3, g, rest: 1)
        fastTerm = alpha * g
        slowTerm = slow[i]
      }
      let ν = second[i] / correction2 + h.epsilonRoot
      if group.skipsZeroGradients, g == 0 {
        (fast[i], slow[i], second[i]) = before
        skipped.insert(i)
        updates.append(0)
        shares.append(0)
        let kept = group.hasFastMoment ? fast[i] : g
        measured.add(gradient: g, fast: kept, slow: slow[i], second: second[i])
        let isSimple = h.form == .simplified
        measured.add(
          fastTerm: isSimple ? alpha * g : kept / correction1,
          slowTerm: isSimple ? slow[i] : alpha * slow[i])
        continue
      }
      let direction = (fastTerm + slowTerm) / (ν.squareRoot() + h.epsilon)
      if ownRate * abs(direction) > ownRate * limit {
        measured.limitedCount += 1
        updates.append(direction < 0 ? -limit : limit)
      } else {
        updates.append(direction)
      }
      // The `max` of a NaN and a number depends on the optimizer.
      shares.append(g * g / (ν.isNaN ? ν : max(ν, h.epsilon * h.epsilon)))
      measured.add(gradient: g, fast: m1, slow: slow[i], second: second[i])
      measured.add(fastTerm: fastTerm, slowTerm: slowTerm)
      let (sum, size) = (fastTerm + slowTerm, abs(fastTerm) + abs(slowTerm))
      // Exactly 0 where nothing was ever taken in; that has no other sign.
      if sum != 0, abs(sum) < margin * size { nearZero.insert(i) }
    }
    if options.isCautious {
      undecided += nearZero
      mask(&updates, gradient[range])
    }
    var rate = written == nil ? learningRate(of: group) : 1
    if let limit = options.updateClipping {
      let rms = (sumOfFinite(shares) / Double(range.count)).squareRoot()
      if rms > limit { rate /= rms / limit }
    }
    for (i, update) in zip(range, updates) {
      let θ = parameters[i]
      if written == nil, !skipped.contains(i) {
        parameters[i] = θ - rate * (update + decay * θ)
      }
      written?[i] = rate * update
      measured.update += rate * update * rate * update
    }
    return measured
  }

  /// The sum of a tensor's shares, in which those that are not finite are 0.
  private func sumOfFinite(_ shares: [Double]) -> Double {
    shares.reduce(0) { $0 + ($1.isFinite ? $1 : 0) }
  }

  /// Keeps what agrees in sign with the gradient, and enlarges it.
  private func mask(_ updates: inout [Double], _ gradient: ArraySlice<Double>) {
    var movingCount = 0
    var presentCount = 0
    for (i, (place, g)) in zip(updates.indices, zip(gradient.indices, gradient))
    {
      if g != 0 { presentCount += 1 }
      let agrees = g > 0 && updates[i] > 0 || g < 0 && updates[i] < 0
      if agrees != flipped.contains(place) {
        movingCount += 1
      } else {
        updates[i] = 0
      }
    }
    if movingCount == 0 { return }
    let factor = Double(presentCount) / Double(movingCount)
    for i in updates.indices { updates[i] *= min(factor, 1000) }
  }
}

private func power(_ base: Double, _ exponent: Int) -> Double {
  (0..<exponent).reduce(1) { power, _ in power * base }
}

/// The values of ``StepReport`` before roots and quotients are taken.
struct PlainReport {
  /// A group, and what was measured on it.
  struct Group {
    var name: String
    var learningRate: Double
    var measured: PlainMeasurement
  }

  var outcome: StepReport.Outcome
  var gradientNorm: Double?
  var clipFactor = 1.0
  var zeroedElementCount = 0
  var groups: [Group] = []
  /// The update, where it is wanted alone.
  var update: [Double]?

  init(outcome: StepReport.Outcome) { self.outcome = outcome }
}

/// Sums over the elements of a group.
struct PlainMeasurement {
  var count = 0
  var limitedCount = 0
  var gradient = 0.0
  var fast = 0.0
  var slow = 0.0
  var second = 0.0
  var update = 0.0
  var fastSlow = 0.0
  var fastTerm = 0.0
  var slowTerm = 0.0
  var bothTerms = 0.0

  mutating func add(
    gradient g: Double, fast m1: Double, slow m2: Double, second ν: Double
  ) {
    count += 1
    gradient += g * g
    fast += m1 * m1
    slow += m2 * m2
    second += ν * ν
    fastSlow += m1 * m2
  }

  mutating func add(fastTerm a: Double, slowTerm b: Double) {
    fastTerm += a * a
    slowTerm += b * b
    bothTerms += (a + b) * (a + b)
  }

  private static var sums: [WritableKeyPath<PlainMeasurement, Double>] {
    [
      \.gradient, \.fast, \.slow, \.second, \.update, \.fastSlow, \.fastTerm,
      \.slowTerm, \.bothTerms,
    ]
  }

  /// The same, each sum being NaN that is not finite.
  var withNaN: PlainMeasurement {
    var copy = self
    for sum in Self.sums where !copy[keyPath: sum].isFinite {
      copy[keyPath: sum] = .nan
    }
    return copy
  }

  mutating func add(_ other: PlainMeasurement) {
    count += other.count
    limitedCount += other.limitedCount
    for sum in Self.sums { self[keyPath: sum] += other[keyPath: sum] }
  }
}
