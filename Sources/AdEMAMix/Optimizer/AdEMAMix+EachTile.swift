//===--- AdEMAMix+EachTile.swift - parameters in any form, by tiles -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// The place of a slice of the shard in memory of the whole model.
  func placeInModel(of slice: TensorSlice) -> SlicePlace {
    let first = shard.lowerBound + slice.start
    return SlicePlace(
      inAll: first,
      inTensor: first - layout.tensors[slice.tensor].range.lowerBound)
  }

  /// Checks trees of the shard's weights that are split, and of its parameters
  /// where a call has those too.
  func checkShard(
    _ tensors: CallerTensors<Scalar>
  ) throws(AdEMAMixError) {
    try checkForm(isSplit: true)
    try checkElements(tensors)
  }

  /// Checks trees of the shard's elements, in any form and without gradients.
  func checkElements(
    _ tensors: CallerTensors<Scalar>
  ) throws(AdEMAMixError) {
    var order = BufferOrder()
    do throws(MemoryFault) {
      try tensors.check(
        sizes: tensorSizes.span, count: shard.count, .none, &order)
    } catch {
      throw AdEMAMixError(error, layout)
    }
  }

  /// Checks that there is an average of the shard.
  ///
  /// - Parameter isOfModel: Whether errors name the count of the whole model.
  /// - Throws: ``AdEMAMixError`` without an average, or for another count.
  package mutating func checkAverage(
    isOfModel: Bool = false
  ) throws(AdEMAMixError) {
    guard average?.count == shard.count else {
      throw .averageCount(
        average?.count ?? 0, expected: isOfModel ? layout.count : shard.count)
    }
  }

  /// Splits the parameters of trees that have been checked into their weights.
  /// The scalar type is `Float`.
  ///
  /// - Parameters:
  ///   - tensors: Trees of parameters and of weights.
  ///   - isOfModel: Whether the trees have the whole model, of which the shard
  ///     is split.
  package mutating func split(
    _ tensors: CallerTensors<Scalar>, isOfModel: Bool = false
  ) {
    unsafe forEachTile(tensors, isOfModel) {
      guard let parameters = unsafe $3 else { return }
      unsafe $0?.split($2, parameters.cast(to: Float.self))
    }
  }

  /// Puts the weights of trees that have been checked together, as
  /// ``split(_:isOfModel:)`` splits them.
  package func join(
    _ tensors: CallerTensors<Scalar>, isOfModel: Bool = false
  ) {
    unsafe forEachTile(tensors, isOfModel) {
      guard let parameters = unsafe $3 else { return }
      unsafe $0?.join($2, into: parameters.cast(to: Float.self))
    }
  }

  /// Exchanges the average with the parameters of the shard, in either form.
  ///
  /// - Parameters:
  ///   - tensors: A tree that has been checked.
  ///   - isOfModel: Whether the tree has the whole model.
  package mutating func swapAverage(
    _ tensors: CallerTensors<Scalar>, isOfModel: Bool = false
  ) {
    guard let fold = average?.scale.value, let stored = unsafe average?.stored
    else { return }
    nonisolated(unsafe) let averages = unsafe stored
    unsafe forEachTile(tensors, isOfModel) { split, slice, range, parameters in
      let own = unsafe averages + slice.start + range.lowerBound
      unsafe BLAS.fold(range.count, by: fold, own)
      if let parameters = unsafe parameters {
        return unsafe BLAS.swap(range.count, own, parameters)
      }
      unsafe withUnsafeTemporaryAllocation(
        of: Scalar.self, capacity: range.count
      ) { tile in
        guard let weights = tile.baseAddress else { return }
        unsafe split?.join(range, into: weights.cast(to: Float.self))
        unsafe BLAS.swap(range.count, own, weights)
        unsafe split?.split(range, weights.cast(to: Float.self))
      }
    }
    average?.completeSwap()
  }

  /// Splits flat parameters, as ``split(_:into:)`` does. The scalar type is
  /// `Float`.
  ///
  /// - Returns: The upper parts.
  package mutating func splitScalars(
    _ scalars: [Scalar]
  ) throws(AdEMAMixError) -> [BFloat16] {
    let tensors = CallerTensors<Scalar>()
    var weights = [BFloat16](repeating: BFloat16(0), count: scalars.count)
    tensors.read(scalars)
    tensors.weights.take(from: &weights)
    do throws(AdEMAMixError) {
      try checkShard(tensors)
    } catch {
      tensors.weights.putBack(into: &weights)
      throw error
    }
    split(tensors)
    tensors.weights.putBack(into: &weights)
    return weights
  }

  /// Calls `work` for all weights and parameters of the shard that a call has,
  /// tile by tile and side by side.
  private func forEachTile(
    _ tensors: CallerTensors<Scalar>, _ isOfModel: Bool,
    _ work:
      @Sendable (
        SplitWeights?, TensorSlice, _ range: Range<Int>,
        UnsafeMutablePointer<Scalar>?
      ) -> Void
  ) {
    tensors.lend { memory in
      for slice in grid.slices + grid.frozen {
        let place = isOfModel ? placeInModel(of: slice) : nil
        unsafe memory.lend(slice, at: place) { memory, _ in
          nonisolated(unsafe) let parameters = unsafe memory.parameters
          let own = unsafe memory.weights.map {
            unsafe splitWeights($0, of: slice)
          }
          threadSplit.runTiles(of: slice, Scalar.self) {
            let start = $0.lowerBound
            unsafe work(own, slice, $0, parameters.map { unsafe $0 + start })
          }
        }
      }
    }
  }

  /// Both parts of the weights of a slice.
  func splitWeights(
    _ weights: UnsafeMutablePointer<BFloat16>, of slice: TensorSlice
  ) -> SplitWeights {
    unsafe SplitWeights(
      weights, states[slice.group].corrections, from: slice.momentStart,
      KernelTable<Scalar>(instructionSet).quantized)
  }
}

extension CallerTensors {
  /// Returns the weights to their tree, and forgets all trees.
  package func putBack<Tree: TensorTree<BFloat16>>(
    weights tree: inout Tree
  ) {
    weights.putBack(into: &tree)
    clear()
  }
}
