//===--- TilePipeline.swift - a step in stages ----------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// A run that is worked on stage by stage, each tile in the first-level cache.
@safe struct TilePipeline<Scalar: OptimizerScalar> {
  let run: StepOperands<Scalar>
  /// The same where its memory is not all of the scalar type.
  let quantized: QuantizedOperands?
  let work: PassKind
  let options: PassOptions
  let factors: SliceFactors
  let engine: Engine
  let table: KernelTable<Scalar>
  /// Scratch for seven tiles.
  let scratch: UnsafeMutablePointer<Scalar>
  /// The index of the run's first element in its slice.
  let firstIndex: Int
  /// The run's first tile, counted in the grid.
  let firstTile: Int

  var tileCount: Int { TileGrid.tileCount(of: Scalar.self) }
  /// Elements to what a scan fetches: a tile takes it less time than memory
  /// takes to answer.
  private var scanAhead: Int { 8 * tileCount }
  /// The first tile is for squared gradients.
  private var gradients: UnsafeMutablePointer<Scalar> {
    unsafe scratch + tileCount
  }
  private var direction: UnsafeMutablePointer<Scalar> {
    unsafe scratch + 2 * tileCount
  }

  /// Works on all tiles, and adds what was found to `sums`.
  func run(into sums: UnsafeMutablePointer<SliceSums>) {
    // Its own, since neighbours in memory belong to other threads.
    var found = SliceSums()
    var measurement = ademamix_measurement()
    defer { unsafe sums.pointee.add(found) }
    clearMissingGradients()
    var start = 0
    while start < run.count {
      let tile = loaded(from: start)
      switch work {
      case .scan:
        scan(tile, first: firstIndex + start, into: &found)
      case .clear:
        unsafe tile.parameters.update(repeating: 0, count: tile.count)
      case .accumulate(let isFirst):
        let limit = accumulationLimit(in: Scalar.self) / max(factors.folded, 1)
        accumulate(
          transformed(tile, withSum: !isFirst, limit: limit), isFirst: isFirst)
      case .step:
        let tile = transformed(
          tile, withSum: true, limit: run.coefficients.kernel.limit)
        updateMoments(tile)
        applyUpdate(tile, measuring: &measurement)
        storeMoments(tile, from: start)
        copyParameters(tile, from: start)
      case .moments:
        let tile = transformed(
          tile, withSum: true, limit: run.coefficients.kernel.limit)
        updateMoments(tile)
        updateFactors(tile, into: &found)
        storeMoments(tile, from: start)
      case .parameters:
        let tile = transformed(
          tile, withSum: true, limit: run.coefficients.kernel.limit)
        applyUpdate(tile, measuring: &measurement)
        copyParameters(tile, from: start)
      }
      start += tileCount
      let end = firstTile + start / tileCount
      let isLast = start >= run.count || end.isMultiple(of: ThreadSplit.granule)
      if options.measures, isLast {
        found.measured.add(measurement)
        measurement = ademamix_measurement()
      }
    }
  }

  private func scan(
    _ tile: StepOperands<Scalar>, first: Int, into sums: inout SliceSums
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

  /// Whether a gradient of 0 meets nothing that has accumulated, as in the rows
  /// of an embedding that a batch does not meet. Looking for squares that were
  /// rounded to 0 would take five times as long as the step.
  private func isZero(_ tile: StepOperands<Scalar>) -> Bool {
    let least = Double(Scalar.leastNonzeroMagnitude)
    // The square of a Float is never rounded to 0.
    if unsafe tile.accumulated == nil, least * least > 0 { return true }
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

  /// The tile, with its gradient as the moments, or the sum of gradients, are to
  /// take it in. `limit` is that of elements in memory.
  private func transformed(
    _ tile: StepOperands<Scalar>, withSum: Bool, limit: Double
  ) -> StepOperands<Scalar> {
    guard let transform = options.transform else {
      var tile = tile
      _ = unsafe tile.clampGradients(to: limit, table, into: gradients)
      return tile
    }
    var kernel = transform.kernel(factor: factors.explicit, bound: limit)
    unsafe table.kernels.pointee.transform_gradient(
      tile.count, tileCount, tile.gradients, withSum ? tile.accumulated : nil,
      tile.compensation, &kernel, gradients)
    return unsafe tile.tile(from: 0, count: tile.count, gradients: gradients)
  }

  private func accumulate(_ tile: StepOperands<Scalar>, isFirst: Bool) {
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
        tile.count, tileCount, factors.folded, tile.gradients, accumulated,
        compensation)
    } else {
      unsafe BLAS.axpy(
        tile.count, factors.folded, tile.gradients, accumulated)
    }
  }

  private func updateMoments(_ tile: StepOperands<Scalar>) {
    switch engine {
    case .blas:
      var tile = tile
      unsafe blasUpdateMoments(&tile, table, scratch: scratch)
    case .fused:
      var c = tile.coefficients.kernel
      unsafe table.kernels.pointee.update_moments(
        tile.count, tileCount, tile.parameters, tile.gradients, tile.fast,
        tile.slow, tile.second, &c)
    case .reference: referenceUpdateMoments(tile)
    }
  }

  private func direct(_ tile: StepOperands<Scalar>) {
    if engine == .reference {
      unsafe referenceDirection(tile, into: direction)
    } else {
      var c = tile.coefficients.kernel
      unsafe table.kernels.pointee.direction(
        tile.count, tileCount, tile.fastOrGradients, tile.slow, tile.second,
        direction, &c)
    }
  }

  /// Finds what the factors of a tensor's update come from.
  private func updateFactors(
    _ tile: StepOperands<Scalar>, into sums: inout SliceSums
  ) {
    if options.isCautious {
      direct(tile)
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
    measuring measurement: inout ademamix_measurement
  ) {
    direct(tile)
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
    } else {
      unsafe table.kernels.pointee.apply_direction(
        tile.count, tile.parameters, direction, tile.coefficients.kernel.decay)
    }
  }
}
