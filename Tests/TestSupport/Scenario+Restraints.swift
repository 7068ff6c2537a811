//===--- Scenario+Restraints.swift - limits, skips, and gradients of 0 ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

extension Scenario {
  /// The scenario with groups that limit directions or skip gradients of 0,
  /// with changes of both, and with gradients that are 0 in stretches, drawn
  /// from a seed.
  package func restrained(seed: Int) -> Scenario {
    var random = RandomNumbers(seed: ~UInt64(seed))
    var copy = self
    for index in copy.groups.indices {
      if random.isTrue(0.5) {
        copy.groups[index].directionLimit = random.one(of: [
          0.1, 0.8, .infinity,
        ])
      }
      copy.groups[index].skipsZeroGradients = random.isTrue(0.6)
    }
    copy.events = events.flatMap { event -> [Event] in
      switch event {
      case .step(let gradient):
        return [.step(random.isTrue(0.7) ? .sparse(gradient) : gradient)]
      case .update(let gradient):
        return [.update(random.isTrue(0.7) ? .sparse(gradient) : gradient)]
      case .edit(let name, .set):
        return [
          event,
          .edit(
            name,
            random.isTrue(0.5)
              ? .directionLimit(random.one(of: [nil, 0.3, 2]))
              : .skipsZeroGradients(random.isTrue(0.5))),
        ]
      default: return [event]
      }
    }
    return copy
  }
}

extension Gradient {
  /// A gradient that is 0 in stretches.
  package static func sparse(_ gradient: Gradient) -> Gradient {
    var copy = gradient
    copy.isSparse = true
    return copy
  }
}

extension ParameterGroup {
  /// The group with a limit of the direction.
  package func limited(to limit: Double) -> ParameterGroup {
    var copy = self
    copy.directionLimit = limit
    return copy
  }

  /// The group, which skips gradients of 0.
  package func skipping() -> ParameterGroup {
    var copy = self
    copy.skipsZeroGradients = true
    return copy
  }
}
