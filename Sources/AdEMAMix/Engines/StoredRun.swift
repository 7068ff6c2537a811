//===--- StoredRun.swift - a run whose memory is not all Float ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// Where gradients and parameters lie that have the upper half of a `Float`.
@unsafe struct NarrowMemory {
  let gradients: UnsafePointer<BFloat16>
  /// The rounded copy of the parameters.
  let parameters: UnsafeMutablePointer<BFloat16>

  static func + (memory: NarrowMemory, offset: Int) -> NarrowMemory {
    unsafe NarrowMemory(
      gradients: memory.gradients + offset,
      parameters: memory.parameters + offset)
  }
}

/// Neighbouring elements of one tensor, from the start of a block on, whose
/// moments are stored in fewer bits, or whose gradients are narrow. The scalar
/// type is `Float`: ``MomentStorage`` is checked for that.
@safe struct StoredRun {
  let count: Int
  let run: ademamix_stored_run
  let rounding: ademamix_rounding
  let coefficients: StepCoefficients

  /// A run of a group.
  ///
  /// - Parameters:
  ///   - run: The same run as the engines see it. Its moments have no part in
  ///     this, nor its gradients where they are narrow.
  ///   - narrow: Where gradients and a copy lie that are narrow.
  ///   - buffers: The moments of the group.
  ///   - part: The moments of the tensor.
  ///   - start: The run's first element, counted in the tensor.
  ///   - first: The same, counted in the layout.
  ///   - stepCount: The steps completed.
  init<Scalar: OptimizerScalar>(
    _ run: Run<Scalar>, narrow: NarrowMemory?, _ buffers: MomentBuffers<Scalar>,
    _ part: MomentPart, from start: Int, first: Int, stepCount: Int
  ) {
    count = run.count
    coefficients = run.coefficients
    let noMoment = unsafe ademamix_stored(
      elements: nil, tops: nil, format: buffers.storage.fast.code(of: .fast))
    unsafe self.run = ademamix_stored_run(
      theta: UnsafeMutableRawPointer(run.parameters)
        .assumingMemoryBound(to: Float.self),
      gradients: narrow == nil
        ? UnsafeRawPointer(run.gradients).assumingMemoryBound(to: Float.self)
        : nil,
      narrow_gradients: narrow.map {
        unsafe UnsafeRawPointer($0.gradients)
          .assumingMemoryBound(to: UInt16.self)
      },
      narrow_theta: narrow.map {
        unsafe UnsafeMutableRawPointer($0.parameters)
          .assumingMemoryBound(to: UInt16.self)
      },
      fast: buffers.fast.map { unsafe $0.stored(part, from: start) }
        ?? noMoment,
      slow: buffers.slow.stored(part, from: start),
      second: buffers.second.stored(part, from: start))
    rounding = ademamix_rounding(
      seed: UInt64(buffers.storage.seed), first: UInt64(first),
      step: UInt64(stepCount))
  }

  var isNarrow: Bool { unsafe run.narrow_gradients != nil }

  /// The whole step, without options.
  func step(_ instructionSet: InstructionSet) {
    var coefficients = ademamix_coefficients(coefficients)
    unsafe withUnsafePointer(to: run) {
      unsafe ademamix_fused_stored(
        instructionSet.rawValue, count, $0, rounding, &coefficients)
    }
  }
}

// MARK: - Tiles of a step with options

extension StoredRun {
  /// Writes the gradients of a tile where they are narrow; otherwise does
  /// nothing.
  func loadGradients(
    _ instructionSet: InstructionSet, from start: Int, count: Int,
    into gradients: UnsafeMutablePointer<Float>
  ) {
    guard let narrow = unsafe run.narrow_gradients else { return }
    unsafe ademamix_widen(
      instructionSet.rawValue, count, narrow + start, gradients)
  }

  /// Writes the moments of a tile into memory for three tiles: m1 where there is
  /// one, m2 and ν.
  func loadMoments(
    _ instructionSet: InstructionSet, from start: Int, count: Int,
    into tiles: UnsafeMutablePointer<Float>
  ) {
    unsafe forEachMoment(from: start, tiles) { moment, elements in
      unsafe ademamix_load(instructionSet.rawValue, count, moment, elements)
    }
  }

  /// Stores what ``loadMoments(_:from:count:into:)`` gives.
  func storeMoments(
    _ instructionSet: InstructionSet, from start: Int, count: Int,
    _ tiles: UnsafeMutablePointer<Float>
  ) {
    var rounding = rounding
    rounding.first += UInt64(start)
    unsafe forEachMoment(from: start, tiles) { moment, elements in
      unsafe ademamix_store(
        instructionSet.rawValue, count, elements, rounding, moment)
    }
  }

  /// Rounds the parameters of a tile into their copy, where there is one.
  func copyParameters(
    _ instructionSet: InstructionSet, from start: Int, count: Int
  ) {
    guard let narrow = unsafe run.narrow_theta else { return }
    unsafe ademamix_narrow(
      instructionSet.rawValue, count, run.theta + start, narrow + start)
  }

  private func forEachMoment(
    from start: Int, _ tiles: UnsafeMutablePointer<Float>,
    _ body: (ademamix_stored, UnsafeMutablePointer<Float>) -> Void
  ) {
    func visit(_ index: Int, _ moment: ademamix_stored) {
      if unsafe moment.elements == nil { return }
      unsafe body(
        ademamix_stored_at(moment, start), tiles + index * TilePlan.blockCount)
    }
    unsafe visit(0, run.fast)
    unsafe visit(1, run.slow)
    unsafe visit(2, run.second)
  }
}
