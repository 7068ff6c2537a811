//===--- Scenario+Shrinking.swift - the shortest one that fails -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

extension Scenario {
  /// Cuts a scenario down that fails.
  ///
  /// - Parameter fails: Whether a scenario fails. One for which an error is
  ///   thrown has another failure.
  /// - Returns: A scenario that still fails, and would not with one event less
  ///   or one value simpler.
  package func shrunken(while fails: (Scenario) throws -> Bool) -> Scenario {
    func stillFails(_ scenario: Scenario) -> Bool {
      (try? fails(scenario)) ?? false
    }
    var shortest = self
    // Half of the events at once, and less and less: of 30 events the wanted
    // ones are found in some 40 tries, not in 400.
    var size = events.count
    while size > 0 {
      var start = 0
      while start < shortest.events.count {
        let end = min(start + size, shortest.events.count)
        var shorter = shortest
        shorter.events.removeSubrange(start..<end)
        if stillFails(shorter) { shortest = shorter } else { start = end }
      }
      size /= 2
    }
    while let simpler = shortest.simpler.first(where: stillFails) {
      shortest = simpler
    }
    return shortest
  }

  /// The scenarios that are simpler by one thing.
  private var simpler: [Scenario] {
    var results: [Scenario] = []
    /// Adds a scenario that is another after a change.
    func add(_ change: (inout Scenario) -> Void) {
      var copy = self
      change(&copy)
      if copy != self { results.append(copy) }
    }
    for index in events.indices { add { $0.events.remove(at: index) } }
    if case .options(let first) = events.first {
      add {
        $0.options = first
        $0.events.removeFirst()
      }
    }
    for group in groups.indices {
      add { $0.removeGroup(group) }
      for tensor in groups[group].tensors.indices {
        add { $0.removeTensor(tensor, of: group) }
        add { $0.groups[group].tensors[tensor].shape.halve() }
      }
    }
    add { $0.order = nil }
    add { $0.clock = .fromZero }
    add { $0.seed = 0 }
    add { $0.computation.engine = .reference }
    add { $0.computation.threads = 1 }
    add { $0.computation.instructionSet = .widest }
    add { $0.computation.shape = .array }
    for simple in options.simpler { add { $0.options = simple } }
    for group in groups.indices {
      add { $0.groups[group].learningRateFactor = 1 }
      add { $0.groups[group].isFrozen = false }
      add { $0.groups[group].directionLimit = nil }
      add { $0.groups[group].skipsZeroGradients = false }
      for simple in groups[group].hyperparameters.simpler {
        add { $0.groups[group].hyperparameters = simple }
      }
    }
    for index in events.indices {
      for simple in events[index].simpler { add { $0.events[index] = simple } }
    }
    return results
  }

  private mutating func removeGroup(_ index: Int) {
    for tensor in groups[index].tensors.indices.reversed() {
      removeTensor(tensor, of: index)
    }
    let name = groups.remove(at: index).name
    events.removeAll { $0.group == name }
  }

  private mutating func removeTensor(_ index: Int, of group: Int) {
    let name = groups[group].tensors.remove(at: index).name
    order?.removeAll { $0 == name }
  }
}

extension Scenario.Event {
  /// The group that the event needs.
  fileprivate var group: String? {
    switch self {
    case .edit(let group, _), .refusedEdit(let group): group
    case .damp(_, let group), .reset(let group): group
    default: nil
    }
  }

  fileprivate var simpler: [Scenario.Event] {
    switch self {
    case .step(let gradient): gradient.simpler.map { .step($0) }
    case .update(let gradient):
      [.step(gradient)] + gradient.simpler.map { .update($0) }
    case .options(let options): options.simpler.map { .options($0) }
    case .edit(let group, .hyperparameters(let hyperparameters)):
      hyperparameters.simpler.map { .edit(group, .hyperparameters($0)) }
    case .damp(let factor, let group):
      (group == nil ? [] : [.damp(factor, group: nil)])
        + (factor == 0 ? [] : [.damp(0, group: group)])
    case .reset(.some): [.reset(group: nil)]
    case .adamW(let stepCount) where stepCount > 0: [.adamW(stepCount: 0)]
    default: []
    }
  }
}

extension Gradient {
  fileprivate var simpler: [Gradient] {
    var results = seed == 0 ? [] : [Gradient(0, poison)]
    for index in poison.keys.sorted() {
      var fewer = self
      let poison = fewer.poison.removeValue(forKey: index)
      results.append(fewer)
      // So that a tensor may lose its other half.
      if index > 0 {
        fewer.poison[index / 2] = poison
        results.append(fewer)
      }
    }
    return results
  }
}

extension CallOptions {
  fileprivate var simpler: [CallOptions] {
    let plain = CallOptions()
    var results: [CallOptions] = []
    /// Adds options in which one has its default.
    func add<Value: Equatable>(_ path: WritableKeyPath<CallOptions, Value>) {
      guard self[keyPath: path] != plain[keyPath: path] else { return }
      results.append(self)
      results[results.count - 1][keyPath: path] = plain[keyPath: path]
    }
    add(\.gradientScale)
    add(\.accumulation)
    add(\.nonFiniteGradients)
    add(\.clipping)
    add(\.isCautious)
    add(\.updateClipping)
    add(\.measuresDiagnostics)
    return results
  }
}

extension Hyperparameters {
  /// The same with a simple value of one, none of which another depends on.
  fileprivate var simpler: [Hyperparameters] {
    let plain = Hyperparameters(learningRate: learningRate)
    var results = self == plain ? [] : [plain]
    /// Adds hyperparameters in which one has a simple value.
    func add<Value: Equatable>(
      _ path: WritableKeyPath<Hyperparameters, Value>, _ value: Value
    ) {
      if self[keyPath: path] != value { results.append(with(path, value)) }
    }
    add(\.learningRate, 0.01)
    add(\.weightDecay, 0)
    add(\.epsilon, 1e-8)
    if beta2 > 0 { add(\.epsilonRoot, 0) }
    add(\.alpha, 5)
    add(\.beta3, 0.9999)
    if form == .standard { add(\.beta1, 0.9) }
    add(\.beta2, 0.999)
    return results
  }
}

extension [Int] {
  /// Makes the product of sizes smaller, down to 1.
  fileprivate mutating func halve() {
    let product = reduce(1, *)
    if product > 1 { self = [product / 2] }
  }
}
