//===--- AdEMAMix+Advance.swift - a checked step, from scalars to memory --===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Makes a step on memory that has been checked.
  mutating func advance(
    _ memory: ParameterMemory<Scalar>
  ) throws(AdEMAMixError) {
    try prepare()
    unsafe update(memory, tiles: 0..<plan.count)
    commit()
  }

  /// Updates the elements of some tiles, between ``prepare()`` and ``commit()``.
  mutating func update(_ memory: ParameterMemory<Scalar>, tiles: Range<Int>) {
    unsafe squares.withUnsafeMutableBufferPointer { squares in
      unsafe passes.withUnsafeBufferPointer { groups in
        guard let groups = groups.baseAddress,
          let squares = squares.baseAddress
        else { return }
        unsafe StepPass(
          plan: plan, groups: groups, memory: memory, engine: engine,
          instructionSet: instructionSet, squares: squares
        ).run(tiles: tiles, splitting)
      }
    }
  }

  /// A step on no elements still counts.
  mutating func stepOnNothing() throws(AdEMAMixError) {
    try prepare()
    commit()
  }

  /// Computes the coefficients of all groups. Nothing that outlives the step
  /// has changed when this throws.
  mutating func prepare() throws(AdEMAMixError) {
    let count = clock.count(after: stepCount)
    for index in states.indices where !layout.groups[index].isFrozen {
      var scales = states[index].scales
      let coefficients = try StepCoefficients(
        layout.groups[index], at: count, t: states[index].stepCount + 1,
        scales: &scales, folding: engine == .reference, for: Scalar.self)
      passes[index] = GroupPass(
        coefficients: coefficients, scales: scales,
        buffers: states[index].buffers)
    }
  }

  /// Completes the step.
  mutating func commit() {
    for index in states.indices {
      guard let scales = passes[index]?.scales else { continue }
      states[index].scales = scales
      states[index].stepCount += 1
    }
    stepCount += 1
  }
}
