//===--- QuantizedOperands.swift - a run whose memory is not all Float ----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// Neighbouring elements of one tensor, from the start of a block on, whose
/// moments are stored in fewer bits, or whose gradients are narrow. The scalar
/// type is `Float`: ``MomentStorage`` is checked for that.
@safe struct QuantizedOperands {
  let count: Int
  let run: ademamix_quantized_operands
  let kernels: UnsafePointer<ademamix_quantized_kernels>
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
  ///   - table: The kernels.
  init<Scalar: OptimizerScalar>(
    _ run: StepOperands<Scalar>, narrow: NarrowMemory?,
    _ buffers: MomentBuffers<Scalar>,
    _ part: MomentSlice, from start: Int, first: Int, stepCount: Int,
    _ table: KernelTable<Scalar>
  ) {
    unsafe kernels = table.quantized
    count = run.count
    coefficients = run.coefficients
    let noMoment = unsafe ademamix_quantized_moment(
      elements: nil, maxima: nil, format: buffers.storage.fast.code(of: .fast))
    unsafe self.run = ademamix_quantized_operands(
      theta: run.parameters.cast(to: Float.self),
      gradients: narrow == nil ? run.gradients.cast(to: Float.self) : nil,
      bfloat16_gradients: narrow.map {
        unsafe $0.gradients.cast(to: UInt16.self)
      },
      bfloat16_theta: narrow.map {
        unsafe $0.parameters.cast(to: UInt16.self)
      },
      fast: buffers.fast.map { unsafe $0.quantized(part, from: start) }
        ?? noMoment,
      slow: buffers.slow.quantized(part, from: start),
      second: buffers.second.quantized(part, from: start))
    rounding = ademamix_rounding(
      seed: UInt64(buffers.storage.seed), first: UInt64(first),
      step: UInt64(stepCount))
  }

  var isNarrow: Bool { unsafe run.bfloat16_gradients != nil }

  /// The whole step, without options.
  func step() {
    var (run, c) = unsafe (run, coefficients.kernel)
    unsafe kernels.pointee.fused(count, &run, rounding, &c)
  }
}

// MARK: - Tiles of a step with options

extension QuantizedOperands {
  /// Writes the gradients of a tile where they are narrow; otherwise does
  /// nothing.
  func loadGradients(
    from start: Int, count: Int,
    into gradients: UnsafeMutablePointer<Float>
  ) {
    guard let narrow = unsafe run.bfloat16_gradients else { return }
    unsafe kernels.pointee.widen(count, narrow + start, gradients)
  }

  /// Writes the moments of a tile into memory for three tiles: m1 where there is
  /// one, m2 and ν.
  func loadMoments(
    from start: Int, count: Int,
    into tiles: UnsafeMutablePointer<Float>
  ) {
    unsafe forEachMoment(from: start, tiles) { moment, elements in
      unsafe kernels.pointee.load(count, moment, elements)
    }
  }

  /// Stores what ``loadMoments(_:from:count:into:)`` gives.
  func storeMoments(
    from start: Int, count: Int,
    _ tiles: UnsafeMutablePointer<Float>
  ) {
    var rounding = rounding
    rounding.first += UInt64(start)
    unsafe forEachMoment(from: start, tiles) { moment, elements in
      unsafe kernels.pointee.store(count, elements, rounding, moment)
    }
  }

  /// Rounds the parameters of a tile into their copy, where there is one.
  func copyParameters(
    from start: Int, count: Int
  ) {
    guard let narrow = unsafe run.bfloat16_theta else { return }
    unsafe kernels.pointee.narrow(count, run.theta + start, narrow + start)
  }

  private func forEachMoment(
    from start: Int, _ tiles: UnsafeMutablePointer<Float>,
    _ body: (ademamix_quantized_moment, UnsafeMutablePointer<Float>) -> Void
  ) {
    func visit(_ index: Int, _ moment: ademamix_quantized_moment) {
      if unsafe moment.elements == nil { return }
      unsafe body(
        ademamix_moment_at(moment, start), tiles + index * TileGrid.blockCount)
    }
    unsafe visit(0, run.fast)
    unsafe visit(1, run.slow)
    unsafe visit(2, run.second)
  }
}
