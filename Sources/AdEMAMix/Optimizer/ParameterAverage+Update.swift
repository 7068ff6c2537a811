//===--- ParameterAverage+Update.swift - takes in the parameters ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension ParameterAverage {
  /// Takes in parameters, once a step is complete.
  ///
  ///     let report = try optimizer.step(&parameters, gradients: gradients)
  ///     try average.update(with: parameters, after: report)
  ///
  /// - Parameters:
  ///   - parameters: A tree of the elements of all tensors. Threads work on one
  ///     array at a time, as in a step.
  ///   - report: The report of the optimizer's last call. Unless that call
  ///     completed a step, the average stays as it is: a decay counts steps,
  ///     not micro-batches, nor skipped calls. `nil` takes the parameters in as
  ///     they are, for parameters that no optimizer of this library has
  ///     changed.
  /// - Throws: ``AdEMAMixError`` for a wrong count, memory that is misaligned
  ///   or overlaps, a decay out of range, or while the averages are in the
  ///   model. Then nothing has changed.
  /// - Complexity: O(``count`` + number of tensors), and O(n·log(n)) for n
  ///   buffers behind pointers where the order of their addresses is new.
  public mutating func update<Parameters: TensorTree<Scalar>>(
    with parameters: Parameters, after report: StepReport? = nil
  ) throws(AdEMAMixError) {
    let tensors = tensors
    tensors.read(parameters)
    defer { tensors.clear() }
    try update(tensors, report)
  }

  /// Takes in the parameters of one array, as the update with a tree does.
  ///
  /// - Throws: ``AdEMAMixError`` as the update with a tree does.
  /// - Complexity: O(``count``).
  public mutating func update(
    with parameters: [Scalar], after report: StepReport? = nil
  ) throws(AdEMAMixError) {
    // A buffer, since Swift 6.3 takes a function that asks an array for its
    // span for one that reads no elements: a client's local array was never
    // filled.
    try unsafe parameters.withUnsafeBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe update(flat: parameters, report)
    }
  }

  /// Takes in the parameters of a span, as the update with a tree does.
  ///
  /// - Throws: ``AdEMAMixError`` as the update with a tree does.
  /// - Complexity: O(``count``).
  public mutating func update(
    with parameters: Span<Scalar>, after report: StepReport? = nil
  ) throws(AdEMAMixError) {
    try unsafe parameters.withUnsafeBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe update(flat: parameters, report)
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private mutating func update(
    _ tensors: CallerTensors<Scalar>, _ report: StepReport?
  ) throws(AdEMAMixError) {
    try check(tensors)
    try tensors.lend { (memory) throws(AdEMAMixError) in
      try update(memory, report)
    }
  }

  /// Takes in an array or span, whose count alone can be wrong.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private mutating func update(
    flat parameters: UnsafeBufferPointer<Scalar>, _ report: StepReport?
  ) throws(AdEMAMixError) {
    try checkCount(parameters.count)
    try unsafe update(.flat(ParameterBuffers(reading: parameters)), report)
  }

  private mutating func update(
    _ memory: CallerMemory<Scalar>, _ report: StepReport?
  ) throws(AdEMAMixError) {
    guard !isSwappedIn else { throw .isSwappedIn }
    if let report, report.outcome != .completed { return }
    let (update, scale) = try nextUpdate(first: 0)
    run(.update(update), memory)
    complete(scale)
  }

  /// The next update, and the scale after it.
  ///
  /// - Parameter first: The first element, counted in the layout.
  /// - Returns: The update of the averages, and the scale.
  /// - Throws: ``AdEMAMixError`` for a decay out of range.
  func nextUpdate(
    first: Int
  ) throws(AdEMAMixError) -> (AverageUpdate<Scalar>, LazyScale) {
    let next = try scale.decayed(by: decay, after: updateCount)
    let update = unsafe AverageUpdate(
      stored, first: first, next.update, scale: next.scale,
      updateCount: updateCount)
    return (update, next.scale)
  }

  /// Completes an update that all elements have made.
  mutating func complete(_ scale: LazyScale) {
    self.scale = scale
    updateCount.count()
  }

  /// Makes a pass over the averages and memory that has been checked.
  func run(
    _ work: AveragePass<Scalar>.Work, _ memory: CallerMemory<Scalar>
  ) {
    unsafe memory.visit(grid, tiles: grid.tiles, for: .parameters) {
      lent, tiles in
      unsafe AveragePass(
        grid: grid, averages: stored, memory: lent, work: work
      ).run(tiles: tiles, threadSplit)
    }
  }
}
