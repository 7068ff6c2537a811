//===--- TilePipeline.swift - a step in stages ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The stages of a pass over the elements of a slice, tile by tile: each tile
/// stays in the first-level cache from its gradient to its parameters.
@safe struct TilePipeline<Scalar: OptimizerScalar> {
  let operands: SliceOperands<Scalar>
  /// The same operands for the kernels that read and write fewer bits. `nil`
  /// where all memory is of the scalar type.
  let quantized: QuantizedOperands?
  /// The same operands for an engine. `nil` where some memory is not of the
  /// scalar type, and where there are no gradients.
  let scalar: StepOperands<Scalar>?
  let kind: PassKind
  let options: PassOptions
  let factors: SliceFactors
  let engine: StepEngine
  let table: KernelTable<Scalar>
  /// The update of the averages of the same parameters, if there are any.
  let average: AverageUpdate<Scalar>?
  /// Scratch for eight tiles.
  let scratch: UnsafeMutablePointer<Scalar>
  /// The first tile, counted in the grid.
  let firstTile: Int
  /// The signs of the gradients, from the first half of a step to the second.
  /// `nil` where the update does not depend on them, and where the gradients
  /// themselves are read twice.
  let signs: UnsafeMutablePointer<ademamix_signs>?

  init(
    _ operands: SliceOperands<Scalar>, _ kind: PassKind, _ options: PassOptions,
    _ factors: SliceFactors, _ engine: StepEngine, _ table: KernelTable<Scalar>,
    _ average: AverageUpdate<Scalar>?, scratch: UnsafeMutablePointer<Scalar>,
    firstTile: Int,
    signs: UnsafeMutablePointer<ademamix_signs>?
  ) {
    self.operands = operands
    quantized = operands.isScalar ? nil : operands.quantized(table)
    scalar = operands.scalar
    self.kind = kind
    self.options = options
    self.factors = factors
    self.engine = engine
    self.table = table
    self.average = average
    unsafe self.scratch = scratch
    self.firstTile = firstTile
    unsafe self.signs = signs
  }

  var tileLength: Int { TileGrid.tileLength(of: Scalar.self) }
  /// Prefetch distance of the scan, in elements: one tile is scanned faster
  /// than memory answers.
  private var scanAhead: Int { 8 * tileLength }
  /// The first tile of scratch is for squared gradients.
  private var transformed: UnsafeMutablePointer<Scalar> {
    unsafe scratch + tileLength
  }
  private var direction: UnsafeMutablePointer<Scalar> {
    unsafe scratch + 2 * tileLength
  }

  /// Works on all tiles, and adds the findings to `sums`.
  func run(into sums: UnsafeMutablePointer<SliceSums>) {
    // Sums of its own, since neighbours in memory belong to other threads.
    var found = SliceSums()
    var measurement = ademamix_measurement()
    defer { unsafe sums.pointee.add(found) }
    if runHalf(into: &found) { return }
    clearMissingGradients()
    var start = 0
    while start < operands.count {
      work(onTileFrom: start, &found, &measurement)
      let count = min(tileLength, operands.count - start)
      unsafe average?.run(
        from: start, count: count, operands.memory.parameters, quantized,
        scratch: parameterScratch)
      clearGradients(from: start, count: count)
      start += tileLength
      let end = firstTile + start / tileLength
      let isLast =
        start >= operands.count || end.isMultiple(of: ThreadSplit.granule)
      if options.measures, isLast {
        found.measured.add(measurement)
        measurement = ademamix_measurement()
      }
    }
  }

  /// Does the work of the pass on one tile.
  private func work(
    onTileFrom start: Int, _ found: inout SliceSums,
    _ measurement: inout ademamix_measurement
  ) {
    switch kind {
    case .clear:
      let count = min(tileLength, operands.count - start)
      if let parameters = unsafe operands.memory.parameters {
        unsafe (parameters + start).update(repeating: 0, count: count)
      }
    case .scan:
      scan(
        loadGradients(from: start), first: operands.start + start, into: &found)
    case .accumulate(let isFirst):
      let limit = accumulationLimit(in: Scalar.self) / max(factors.folded, 1)
      let tile = loadGradients(from: start)
      unsafe accumulate(
        tile, transform(tile, withSum: !isFirst, limit: limit),
        isFirst: isFirst)
    case .step where engine == .fused && options.changesGradientsAlone:
      let gradients = unsafe transformedGradients(from: start)
      guard let quantized else {
        return fusedStep(
          unsafe loadMoments(from: start, gradients: gradients), table)
      }
      unsafe quantized.step(
        from: start, count: min(tileLength, operands.count - start),
        gradients: gradients.cast(to: Float.self))
    case .step:
      let tile = unsafe loadMoments(
        from: start, gradients: transformedGradients(from: start))
      updateMoments(tile)
      applyUpdate(tile, measuring: &measurement, into: &found)
      storeParameters(tile, from: start)
      storeMoments(tile, from: start)
    case .moments:
      let tile = unsafe loadMoments(
        from: start, gradients: transformedGradients(from: start))
      if hasHalves {
        firstHalf(tile, from: start, into: &found)
      } else {
        updateMoments(tile)
        updateFactors(tile, into: &found)
      }
      storeMoments(tile, from: start)
    case .parameters:
      let tile = unsafe loadMoments(
        from: start,
        gradients: readsGradientTwice
          ? transformedGradients(from: start) : UnsafePointer(transformed))
      if hasHalves {
        secondHalf(tile, from: start)
      } else {
        applyUpdate(tile, measuring: &measurement, into: &found)
      }
      storeParameters(tile, from: start)
    }
  }

  /// Sets gradients to 0 that the call has taken in, if they are to be.
  func clearGradients(from start: Int, count: Int) {
    let isLast =
      switch kind {
      case .step, .accumulate: true
      case .moments: !readsGradientTwice
      case .parameters: readsGradientTwice
      case .scan, .clear: false
      }
    guard isLast, options.hasGradient else { return }
    unsafe operands.memory.clearGradients(from: start, count: count)
  }

  /// Whether kernels of their own make the two halves of a step. They know no
  /// restraint.
  var hasHalves: Bool {
    options.hasHalves(engine) && !operands.coefficients.isRestrained
  }

  /// Whether the second half of a step needs the gradient.
  private var readsGradientTwice: Bool {
    !hasHalves || !operands.buffers.hasFast
  }

  /// The gradients of a tile as the moments take them in.
  private func transformedGradients(
    from start: Int
  ) -> UnsafePointer<Scalar> {
    unsafe transform(
      loadGradients(from: start), withSum: true,
      limit: operands.coefficients.kernel.limit)
  }

  /// Adds the findings of a scan of a tile, whose first element has the index
  /// `first` in the slice. The quick sum of squares serves unless it shows that
  /// an element may be refused, or that squares may have been rounded to 0.
  private func scan(
    _ tile: GradientOperands<Scalar>, first: Int, into sums: inout SliceSums
  ) {
    let scan = options.scan
    let squares = unsafe table.kernels.pointee.square_sum(
      tile.count, scanAhead, tile.gradients,
      tile.accumulated, tile.compensation, scan.scale)
    if squares == 0, isZero(tile) { return }
    // Below this, squares may have been rounded to 0; above, some element may
    // not be finite in the scalar type.
    let least = 0x1p-900
    let greatest = Double(Scalar.greatestFiniteMagnitude) / scan.unit
    if squares > least, squares.isFinite, squares < greatest * greatest {
      return sums.gradient.squares.add(squares)
    }
    var found = ademamix_scan()
    found.scale = scan.scale
    found.unit = scan.unit
    found.finds_first = sums.gradient.firstRefused == nil
    unsafe table.kernels.pointee.scan(
      tile.count, tile.gradients, tile.accumulated, tile.compensation, &found)
    let isExact =
      found.squares > least || found.squares == 0 && isNeverRoundedToZero(tile)
    if found.spoiled == 0, found.squares.isFinite, isExact {
      return sums.gradient.add(found, first: first)
    }
    sums.gradient.add(count: tile.count, first: first) { index in
      var before = 0.0
      var total = unsafe Double(tile.gradients[index])
      if let accumulated = unsafe tile.accumulated {
        let compensation = unsafe tile.compensation.map {
          unsafe Double($0[index])
        }
        before = unsafe Double(accumulated[index]) + (compensation ?? 0)
        total = before + scan.scale * total
      }
      let isFinite = Scalar(scan.unit * total).isFinite
      return ScannedElement(
        accumulated: before, total: total,
        isRefused: !isFinite && before.isFinite)
    }
  }

  /// Whether no square is rounded to 0: that of a Float never is.
  private func isNeverRoundedToZero(_ tile: GradientOperands<Scalar>) -> Bool {
    let least = Double(Scalar.leastNonzeroMagnitude)
    return unsafe tile.accumulated == nil && least * least > 0
  }

  /// Whether a gradient of 0 meets nothing that has accumulated, as in the rows
  /// of an embedding that a batch does not meet. Looking for squares that were
  /// rounded to 0 would take five times as long as the step.
  private func isZero(_ tile: GradientOperands<Scalar>) -> Bool {
    if isNeverRoundedToZero(tile) { return true }
    var nonZeroCount = 0
    func count(_ elements: UnsafePointer<Scalar>) {
      for index in 0..<tile.count {
        nonZeroCount += unsafe elements[index] == 0 ? 0 : 1
      }
    }
    unsafe count(tile.gradients)
    if let accumulated = unsafe tile.accumulated { unsafe count(accumulated) }
    if let compensation = unsafe tile.compensation {
      unsafe count(compensation)
    }
    return nonZeroCount == 0
  }

  /// The gradients of a tile as the moments, or the sum of gradients, take them
  /// in.
  ///
  /// - Parameters:
  ///   - tile: The gradient.
  ///   - withSum: Whether the sum of earlier gradients is added.
  ///   - limit: The largest magnitude, in memory, of an element that is finite.
  /// - Returns: The gradients of the tile, or scratch.
  private func transform(
    _ tile: GradientOperands<Scalar>, withSum: Bool, limit: Double
  ) -> UnsafePointer<Scalar> {
    guard let transform = options.transform else {
      let isClamped = unsafe table.kernels.pointee.clamp(
        tile.count, limit, tile.gradients, transformed)
      return unsafe isClamped ? UnsafePointer(transformed) : tile.gradients
    }
    var kernel = transform.kernel(factor: factors.explicit, bound: limit)
    unsafe table.kernels.pointee.transform_gradient(
      tile.count, tileLength, tile.gradients, withSum ? tile.accumulated : nil,
      tile.compensation, &kernel, transformed)
    return unsafe UnsafePointer(transformed)
  }

  /// Adds the transformed gradients of a tile to the sum of earlier ones, or
  /// begins the sum.
  private func accumulate(
    _ tile: GradientOperands<Scalar>, _ gradients: UnsafePointer<Scalar>,
    isFirst: Bool
  ) {
    guard let accumulated = unsafe tile.accumulated else { return }
    if isFirst {
      unsafe accumulated.update(repeating: 0, count: tile.count)
      unsafe tile.compensation?.update(repeating: 0, count: tile.count)
    } else {
      let limit = accumulationLimit(in: Scalar.self)
      _ = unsafe table.kernels.pointee.clamp(
        tile.count, limit, accumulated, accumulated)
    }
    if let compensation = unsafe tile.compensation {
      unsafe table.kernels.pointee.accumulate(
        tile.count, tileLength, factors.folded, gradients, accumulated,
        compensation)
    } else {
      unsafe BLAS.axpy(tile.count, factors.folded, gradients, accumulated)
    }
  }

  /// Makes the moments' part of the update of a tile.
  private func updateMoments(_ tile: StepOperands<Scalar>) {
    let skips = tile.coefficients.restraint.skips
    switch engine {
    case .blas where skips, .fused where skips:
      var c = tile.coefficients.kernel
      var restraint = tile.coefficients.restraint
      unsafe table.kernels.pointee.update_active_moments(
        tile.count, tileLength, tile.parameters, tile.gradients, tile.fast,
        tile.slow, tile.second, &c, &restraint)
    case .blas:
      var tile = tile
      unsafe blasUpdateMoments(&tile, table, scratch: scratch)
    case .fused:
      var c = tile.coefficients.kernel
      unsafe table.kernels.pointee.update_moments(
        tile.count, tileLength, tile.parameters, tile.gradients, tile.fast,
        tile.slow, tile.second, &c)
    case .reference: referenceUpdateMoments(tile)
    }
  }

  /// Writes the direction of a tile into scratch.
  private func writeDirection(_ tile: StepOperands<Scalar>) {
    if engine == .reference {
      unsafe referenceDirection(tile, into: direction)
    } else {
      var c = tile.coefficients.kernel
      unsafe table.kernels.pointee.direction(
        tile.count, tileLength, tile.fastOrGradients, tile.slow, tile.second,
        direction, &c)
    }
  }

  /// Finds what the factors of a tensor's update come from.
  private func updateFactors(
    _ tile: StepOperands<Scalar>, into sums: inout SliceSums
  ) {
    if options.isCautious {
      writeDirection(tile)
      sums.agreement.count += unsafe table.kernels.pointee.agreement_count(
        tile.count, direction, tile.gradients)
      sums.agreement.presentCount += unsafe table.kernels.pointee.nonzero_count(
        tile.count, tile.gradients)
    }
    if options.limitsUpdates {
      var c = tile.coefficients.kernel
      let excess = unsafe table.kernels.pointee.normalized_square_sum(
        tile.count, tile.gradients, factors.folded, tile.second, &c)
      if excess.isFinite { sums.excess.add(excess) }
    }
  }

  /// Moves the parameters, or writes the update in their place.
  private func applyUpdate(
    _ tile: StepOperands<Scalar>,
    measuring measurement: inout ademamix_measurement,
    into sums: inout SliceSums
  ) {
    writeDirection(tile)
    if tile.coefficients.isRestrained {
      var restraint = tile.coefficients.restraint
      sums.measured.limitedCount +=
        unsafe table.kernels.pointee.restrain_direction(
          tile.count, tile.gradients, direction, &restraint)
    }
    if options.isCautious {
      unsafe table.kernels.pointee.mask_disagreement(
        tile.count, direction, tile.gradients)
    }
    if options.measures {
      unsafe table.kernels.pointee.measure(
        tile.count, tile.gradients, tile.fastOrGradients, tile.slow,
        tile.second, direction, &measurement)
    }
    if options.writesUpdate {
      unsafe tile.parameters.update(from: direction, count: tile.count)
    } else if tile.coefficients.restraint.skips {
      unsafe table.kernels.pointee.apply_active_direction(
        tile.count, tile.parameters, direction, tile.gradients,
        tile.coefficients.kernel.decay)
    } else {
      unsafe table.kernels.pointee.apply_direction(
        tile.count, tile.parameters, direction, tile.coefficients.kernel.decay)
    }
  }
}
