//===--- ParameterAverage+State.swift - made, read, set and copied --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension ParameterAverage {
  /// An average that starts at the parameters of one array.
  ///
  /// - Parameters:
  ///   - parameters: The first averages.
  ///   - decay: The weight of the average so far, in `0 ..< 1`, as a function
  ///     of the number of completed updates.
  ///   - threads: The largest number of threads an update runs on. `nil` is the
  ///     number of processors available.
  /// - Throws: ``ParameterAverageError`` for a decay out of range, a thread
  ///   count below 1, or too little memory.
  /// - Complexity: O(count of the parameters).
  public init(
    of parameters: [Scalar], decay: Schedule, threads: Int? = nil
  ) throws(ParameterAverageError) {
    try self.init(of: parameters.span, decay: decay, threads: threads)
  }

  /// An average that starts at the parameters of a span.
  ///
  /// Like the one of an array otherwise.
  public init(
    of parameters: Span<Scalar>, decay: Schedule, threads: Int? = nil
  ) throws(ParameterAverageError) {
    try self.init(sizes: [parameters.count], decay: decay, threads: threads)
    unsafe parameters.withUnsafeBufferPointer { unsafe store($0, at: 0) }
  }

  /// An average that starts at the parameters of one buffer.
  ///
  /// Like the one of an array otherwise, and refuses a buffer that is
  /// misaligned.
  public init(
    of parameters: UnsafeBufferPointer<Scalar>, decay: Schedule,
    threads: Int? = nil
  ) throws(ParameterAverageError) {
    try unsafe checkAlignment(parameters, tensor: nil)
    try self.init(sizes: [parameters.count], decay: decay, threads: threads)
    unsafe store(parameters, at: 0)
  }

  /// An average that starts at the parameters of separate tensors.
  ///
  /// The averages lie one behind the other. Parameters are taken from separate
  /// tensors, or from one flat buffer of all. Their gradients are not looked at.
  ///
  /// Like the one of an array otherwise, and refuses buffers that are
  /// misaligned.
  public init(
    of tensors: [TensorBuffers<Scalar>], decay: Schedule, threads: Int? = nil
  ) throws(ParameterAverageError) {
    for index in unsafe tensors.indices {
      try unsafe checkAlignment(
        UnsafeBufferPointer(tensors[index].parameters), tensor: index)
    }
    try self.init(
      sizes: unsafe tensors.map { unsafe $0.parameters.count }, decay: decay,
      threads: threads)
    for segment in plan.segments {
      unsafe store(
        UnsafeBufferPointer(tensors[segment.tensor].parameters),
        at: segment.start)
    }
  }

  /// An average that starts at the parameters of separate arrays.
  ///
  /// Like the one of separate tensors otherwise.
  public init(
    of tensors: [[Scalar]], decay: Schedule, threads: Int? = nil
  ) throws(ParameterAverageError) {
    try self.init(
      sizes: tensors.map(\.count), decay: decay, threads: threads)
    for segment in plan.segments {
      unsafe tensors[segment.tensor].withUnsafeBufferPointer {
        unsafe store($0, at: segment.start)
      }
    }
  }

  /// A copy of the averages, one tensor behind the other: to the bit what a
  /// swap would put into the model.
  ///
  /// - Throws: ``ParameterAverageError/isSwappedIn``, since the model has them.
  /// - Complexity: O(``count``), in time and memory.
  public func values() throws(ParameterAverageError) -> [Scalar] {
    guard !isSwappedIn else { throw .isSwappedIn }
    var values = unsafe Array(
      UnsafeBufferPointer(start: stored, count: count))
    unsafe values.withUnsafeMutableBufferPointer { values in
      guard let first = values.baseAddress else { return }
      unsafe AveragePass(
        plan: plan, averages: first, memory: .flat(first),
        work: .fold(scale.value)
      ).run(tiles: 0..<plan.count, splitting)
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
  /// - Throws: ``ParameterAverageError`` for an update count outside
  ///   `0 ... 2^53`, a wrong count, or while the averages are in the model: the
  ///   weights would be lost. Then nothing has changed.
  /// - Complexity: O(``count``).
  public mutating func restore(
    updateCount: Int, values: [Scalar]
  ) throws(ParameterAverageError) {
    guard !isSwappedIn else { throw .isSwappedIn }
    try Self.checkUpdateCount(updateCount)
    try checkCount(values.count)
    unsafe values.withUnsafeBufferPointer { unsafe store($0, at: 0) }
    scale = LazyScale()
    self.updateCount = updateCount
  }

  /// An average with the same settings and state, in other memory.
  ///
  /// - Throws: ``ParameterAverageError/outOfMemory(byteCount:)``.
  /// - Complexity: O(``count``).
  public func clone() throws(ParameterAverageError) -> ParameterAverage {
    var clone = try ParameterAverage(
      sizes: sizes, decay: decay, threads: splitting.threadCount)
    clone.splitting = splitting
    clone.updateCount = updateCount
    clone.isSwappedIn = isSwappedIn
    clone.scale = scale
    unsafe clone.store(UnsafeBufferPointer(start: stored, count: count), at: 0)
    return clone
  }

  /// Copies values over what is stored.
  private func store(_ values: UnsafeBufferPointer<Scalar>, at start: Int) {
    guard let first = values.baseAddress else { return }
    unsafe (stored + start).update(from: first, count: values.count)
  }
}
