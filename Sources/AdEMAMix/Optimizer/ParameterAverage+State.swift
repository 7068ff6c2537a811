//===--- ParameterAverage+State.swift - made, read, set and copied --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension ParameterAverage {
  /// An average that starts at the parameters of a tree.
  ///
  /// The averages lie one behind the other. Later parameters are taken from a
  /// tree with the same tensors, or from one array or buffer of all.
  ///
  /// - Parameters:
  ///   - parameters: The first averages.
  ///   - decay: The weight of the average so far, in `0 ..< 1`, as a function
  ///     of the number of completed updates.
  ///   - threads: The largest number of threads an update runs on. `nil` is the
  ///     number of processors available.
  /// - Throws: ``AdEMAMixError`` for a decay out of range, a thread count below
  ///   1, memory that is misaligned or overlaps, or too little memory.
  /// - Complexity: O(count of the parameters + number of tensors).
  public init<Parameters: TensorTree<Scalar>>(
    of parameters: Parameters, decay: HyperparameterSchedule,
    threads: Int? = nil
  ) throws(AdEMAMixError) {
    try self.init(CallerTensors(reading: parameters), decay, threads)
  }

  /// An average that starts at the parameters of one array.
  ///
  /// - Throws: ``AdEMAMixError`` as with a tree.
  /// - Complexity: O(count of the parameters).
  public init(
    of parameters: [Scalar], decay: HyperparameterSchedule, threads: Int? = nil
  ) throws(AdEMAMixError) {
    try self.init(CallerTensors(reading: parameters), decay, threads)
  }

  /// An average that starts at parameters.
  package init(
    _ tensors: CallerTensors<Scalar>, _ decay: HyperparameterSchedule,
    _ threads: Int?
  ) throws(AdEMAMixError) {
    let sizes = tensors.parameters.sizes
    // First, or where the buffers end might be no address.
    let (count, _) = try Self.extent(of: sizes)
    var order = BufferOrder()
    try tensors.check(sizes: sizes, count: count, &order)
    try self.init(sizes: sizes, decay: decay, threads: threads)
    fill(from: tensors)
  }

  /// An average that starts at the parameters of a span.
  ///
  /// - Throws: ``AdEMAMixError`` as with a tree.
  /// - Complexity: O(count of the parameters).
  public init(
    of parameters: Span<Scalar>, decay: HyperparameterSchedule,
    threads: Int? = nil
  ) throws(AdEMAMixError) {
    try self.init(sizes: [parameters.count], decay: decay, threads: threads)
    unsafe parameters.withUnsafeBufferPointer {
      unsafe fill(from: CallerTensors(reading: $0))
    }
  }

  /// Stores parameters whose memory has been checked.
  private func fill(from tensors: CallerTensors<Scalar>) {
    let start = unsafe stored
    for slice in grid.slices {
      unsafe tensors.read(
        tensor: slice.tensor, range: slice.start..<(slice.start + slice.count)
      ) {
        guard let first = $0.baseAddress else { return }
        unsafe (start + slice.start).update(from: first, count: $0.count)
      }
    }
  }

  /// A copy of the averages, one tensor behind the other: to the bit what a
  /// swap would put into the model.
  ///
  /// - Throws: ``AdEMAMixError/Code/averageIsSwappedIn``, since the model has
  ///   them.
  /// - Complexity: O(``count``), in time and memory.
  public func values() throws(AdEMAMixError) -> [Scalar] {
    guard !isSwappedIn else { throw .isSwappedIn }
    var values = unsafe Array(
      UnsafeBufferPointer(start: stored, count: count))
    unsafe values.withUnsafeMutableBufferPointer { values in
      guard let first = values.baseAddress else { return }
      unsafe AveragePass(
        grid: grid, averages: first,
        memory: .flat(ParameterBuffers(parameters: values)),
        work: .fold(scale.value)
      ).run(tiles: grid.tiles, threadSplit)
    }
    return values
  }

  /// Sets the state: to go on from one that ``values()`` gave.
  ///
  /// Going on this way is exact but for rounding, since the averages and their
  /// scale are stored apart.
  ///
  /// - Parameters:
  ///   - updateCount: The number of updates completed, which the decay goes by.
  ///   - values: The averages, one tensor behind the other.
  /// - Throws: ``AdEMAMixError`` for an update count outside
  ///   `0 ... 2^53`, a wrong count, or while the averages are in the model: the
  ///   weights would be lost. Then nothing has changed.
  /// - Complexity: O(``count``).
  public mutating func restore(
    updateCount: Int, values: [Scalar]
  ) throws(AdEMAMixError) {
    guard !isSwappedIn else { throw .isSwappedIn }
    try Self.checkUpdateCount(updateCount)
    try checkCount(values.count)
    unsafe values.withUnsafeBufferPointer { unsafe store($0, at: 0) }
    scale = LazyScale()
    self.updateCount = updateCount
  }

  /// An average with the same settings and state, in other memory.
  ///
  /// - Throws: ``AdEMAMixError/Code/outOfMemory``.
  /// - Complexity: O(``count``).
  public func copy() throws(AdEMAMixError) -> ParameterAverage {
    var copy = try ParameterAverage(
      sizes: sizes, decay: decay, threads: threadSplit.threadCount)
    copy.threadSplit = threadSplit
    copy.updateCount = updateCount
    copy.isSwappedIn = isSwappedIn
    copy.scale = scale
    unsafe copy.store(UnsafeBufferPointer(start: stored, count: count), at: 0)
    return copy
  }

  /// Checks a count that comes from outside: what a `Double` counts exactly.
  static func checkUpdateCount(_ count: Int) throws(AdEMAMixError) {
    guard (0...Int.largestCount).contains(count) else {
      throw .updateCount(count)
    }
  }

  /// Copies values over what is stored.
  private func store(_ values: UnsafeBufferPointer<Scalar>, at start: Int) {
    guard let first = values.baseAddress else { return }
    unsafe (stored + start).update(from: first, count: values.count)
  }
}
