//===--- DistributedOpenStep.swift - a step that sends tensors one by one -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

/// A step of all ranks that is open: it takes the gradients of one tensor after
/// the other, and sends them while others are computed. The calls `openStep` of
/// ``DistributedAdEMAMix`` open and end such steps.
///
/// All calls are made on the thread that made the environment. A step that has
/// ended refuses them.
public final class DistributedOpenStep<Scalar: OptimizerScalar> {
  private let layout: ParameterLayout
  private let exchange: BucketExchange<Scalar>
  private let isBFloat16: Bool
  private let allowsMissing: Bool
  private let gradients = CallerTensors<Scalar>()
  /// Whether each tensor has got its gradient.
  private var updated: [Bool]
  /// The tensors of the last call.
  private var last = 0..<0
  private var hasEnded = false

  init(
    _ layout: ParameterLayout, _ exchange: BucketExchange<Scalar>,
    isBFloat16: Bool, allowsMissing: Bool
  ) {
    self.layout = layout
    self.exchange = exchange
    self.isBFloat16 = isBFloat16
    self.allowsMissing = allowsMissing
    updated = Array(repeating: false, count: layout.tensors.count)
  }

  /// Takes the gradients of a tensor, or of the tensors of a part of a model,
  /// and starts to send them.
  ///
  /// The gradients are copied: their memory is free after the call.
  ///
  /// - Parameters:
  ///   - name: The name of a tensor in the layout; or of a part, such as
  ///     "layers.3", to which all tensors belong whose names go on with a
  ///     point. They must be neighbours in the layout.
  ///   - gradients: The gradient of this rank's loss by each of them. Tensors
  ///     of frozen groups may be empty.
  /// - Throws: ``DistributedError``, on this rank alone: for an unknown name, a
  ///   tensor that has its gradient already, other counts, and a step that has
  ///   ended. Then nothing was taken, and the step stays open.
  /// - Complexity: O(count of the tensors + number of tensors in the layout).
  public func update<Gradients: TensorTree<Scalar>>(
    _ name: String, gradients: Gradients
  ) throws(DistributedError) {
    let rounds = isBFloat16
    try unsafe update(name, self.gradients.gradients, gradients) {
      source, target in
      if rounds {
        unsafe BFloat16.round(
          source, into: target.assumingMemoryBound(to: BFloat16.self))
      } else if let first = source.baseAddress {
        unsafe target.copyMemory(
          from: first, byteCount: source.count * MemoryLayout<Scalar>.stride)
      }
    }
  }

  /// Lets MPI move the messages that are under way.
  ///
  /// MPI moves messages while it is called, as each update does. A backward
  /// pass with long times between two updates may make this call now and then.
  ///
  /// Each update and each call of this method tells ranks that wait for this
  /// one that the pass goes on. They give up on a rank that makes no such call
  /// for half of the limit of ``MPIEnvironment/init(waitingLimit:)``.
  ///
  /// - Throws: ``DistributedError`` where MPI fails or another rank has given
  ///   up, and for a step that has ended.
  /// - Complexity: O(number of messages that end).
  public func progress() throws(DistributedError) {
    try checkIsOpen()
    exchange.advance()
    if let failure = exchange.failure { throw failure }
  }

  private func checkIsOpen() throws(DistributedError) {
    guard !hasEnded else { throw .optimizer(.stepHasEnded) }
    try DistributedError.checkCallsAreAllowed()
  }

  /// Takes gradients, which `copy` copies into the memory of messages.
  fileprivate func update<Element, Gradients: TensorTree<Element>>(
    _ name: String, _ list: TensorList<Element>, _ gradients: Gradients,
    _ copy: (UnsafeBufferPointer<Element>, UnsafeMutableRawPointer) -> Void
  ) throws(DistributedError) {
    try checkIsOpen()
    do throws(AdEMAMixError) {
      let range = try layout.tensors(named: name, near: last)
      for tensor in range where updated[tensor] {
        throw .updatedTwice(layout.tensors[tensor].name)
      }
      try unsafe list.lendPart(
        gradients, named: name, range, of: layout,
        allowsMissing: allowsMissing
      ) { tensor, elements in
        let start = layout.tensors[tensor].range.lowerBound
        updated[tensor] = true
        unsafe exchange.add(layout.tensors[tensor].range) { own, target in
          unsafe copy(
            UnsafeBufferPointer(
              rebasing: elements[
                own.lowerBound - start..<own.upperBound - start]), target)
        }
      }
      last = range
    } catch {
      throw .optimizer(error)
    }
    exchange.advance()
    if let failure = exchange.failure { throw failure }
  }

  /// Ends the step: gradients of 0 stand for those that have not come.
  ///
  /// - Returns: The tensors without a gradient, but for frozen ones.
  func end() -> [Int] {
    hasEnded = true
    exchange.checkCalls()
    var missing: [Int] = []
    for (index, tensor) in layout.tensors.enumerated()
    where !updated[index] && !tensor.range.isEmpty
      && !layout.groups[tensor.group].isFrozen
    {
      missing.append(index)
      unsafe exchange.add(tensor.range) { own, target in
        let byteCount =
          own.count
          * (isBFloat16
            ? MemoryLayout<BFloat16>.stride : MemoryLayout<Scalar>.stride)
        // The bits of 0 are 0 in each type.
        unsafe target.initializeMemory(
          as: UInt8.self, repeating: 0, count: byteCount)
      }
    }
    exchange.finish()
    return missing
  }
}

extension DistributedOpenStep where Scalar == Float {
  /// Takes gradients in bfloat16, and starts to send them as they are.
  ///
  /// - Throws: ``DistributedError`` as the call on other gradients does, and
  ///   for a step that sends others: a step on parameters alone sends bfloat16
  ///   if ``DistributedAdEMAMix/sendsBFloat16Gradients`` is set.
  public func update<Gradients: TensorTree<BFloat16>>(
    _ name: String, gradients: Gradients
  ) throws(DistributedError) {
    guard isBFloat16 else { throw .bfloat16Gradients }
    try unsafe update(name, self.gradients.bfloat16Gradients, gradients) {
      source, target in
      guard let first = source.baseAddress else { return }
      unsafe target.copyMemory(
        from: first, byteCount: source.count * MemoryLayout<BFloat16>.stride)
    }
  }
}

#endif
