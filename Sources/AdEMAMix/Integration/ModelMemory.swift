//===--- ModelMemory.swift - all parameters and gradients of a step -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// The parameters and gradients of a whole model, of which the caller of one
/// step owns a shard: for the exchange with the owners of other shards, which
/// counts elements in the flat index space.
@safe package struct ModelMemory<Scalar: OptimizerScalar> {
  /// The trees; `nil` where there are none but pointers.
  let tensors: CallerTensors<Scalar>?
  let layout: [ParameterLayout.Tensor]
  /// Pointers to all elements, where each tree is a single array or buffer.
  let flat: ParameterBuffers<Scalar>?
  /// Whether gradients in `Float` are rounded to bfloat16 as they are copied.
  package var roundsGradients = false

  /// All parameters in one buffer, and all gradients.
  package init(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>
  ) {
    tensors = nil
    layout = []
    unsafe flat = ParameterBuffers(
      parameters: parameters, gradients: UnsafeBufferPointer(gradients))
  }

  /// The memory of trees while it is lent.
  init(
    _ tensors: CallerTensors<Scalar>, _ lent: CallerMemory<Scalar>,
    _ layout: [ParameterLayout.Tensor]
  ) {
    self.tensors = tensors
    self.layout = layout
    unsafe flat =
      switch lent {
      case .flat(let buffers): unsafe buffers
      case .tensors, .trees: nil
      }
  }

  /// Whether copies of gradients are in bfloat16.
  package var copiesBFloat16: Bool { roundsGradients || hasBFloat16Gradients }

  /// Whether the caller's gradients are in bfloat16.
  package var hasBFloat16Gradients: Bool {
    if let flat = unsafe flat { return unsafe flat.bfloat16Gradients != nil }
    return tensors?.bfloat16Gradients.isGiven ?? false
  }

  /// The bytes of a copied gradient's element.
  package var gradientStride: Int {
    copiesBFloat16
      ? MemoryLayout<BFloat16>.stride : MemoryLayout<Scalar>.stride
  }

  /// Whether parameters, and so gradients, lie one behind the other.
  package var isFlat: Bool { unsafe flat != nil }

  /// Whether the parameters are the upper parts of weights that are split.
  package var hasSplitWeights: Bool {
    if let flat = unsafe flat { return unsafe flat.weights != nil }
    return tensors?.hasSplitWeights ?? false
  }

  /// The bytes of a parameter.
  package var parameterStride: Int {
    hasSplitWeights
      ? MemoryLayout<BFloat16>.stride : MemoryLayout<Scalar>.stride
  }

  /// The parameters from an element on, in their own form; `nil` where tensors
  /// are separate.
  package func parameters(from start: Int) -> UnsafeMutableRawPointer? {
    guard let flat = unsafe flat else { return nil }
    let first =
      if let weights = unsafe flat.weights {
        UnsafeMutableRawPointer(weights.baseAddress)
      } else {
        UnsafeMutableRawPointer(unsafe flat.parameters.baseAddress)
      }
    return unsafe first.map { unsafe $0 + start * parameterStride }
  }

  /// The gradients from an element on, in their own type; `nil` where tensors
  /// are separate, and where copies are in another type.
  package func gradients(from start: Int) -> UnsafeRawPointer? {
    guard let flat = unsafe flat, !roundsGradients else { return nil }
    let first =
      if let narrow = unsafe flat.bfloat16Gradients {
        unsafe UnsafeRawPointer(narrow.baseAddress)
      } else {
        unsafe UnsafeRawPointer(flat.gradients.baseAddress)
      }
    return unsafe first.map { unsafe $0 + start * gradientStride }
  }

  /// Copies gradients behind each other, in their own type or rounded. A tensor
  /// without a gradient has one of 0.
  package func copyGradients(
    _ range: Range<Int>, to target: UnsafeMutableRawPointer
  ) {
    if let own = unsafe gradients(from: range.lowerBound) {
      unsafe target.copyMemory(
        from: own, byteCount: range.count * gradientStride)
    } else if roundsGradients {
      unsafe roundGradients(
        range, to: target.assumingMemoryBound(to: BFloat16.self))
    } else if let tensors {
      if tensors.bfloat16Gradients.isGiven {
        unsafe copy(tensors.bfloat16Gradients, range, to: target)
      } else {
        unsafe copy(tensors.gradients, range, to: target)
      }
    }
  }

  /// Copies parameters, in their own form, behind each other.
  package func copyParameters(
    _ range: Range<Int>, to target: UnsafeMutableRawPointer
  ) {
    if let own = unsafe parameters(from: range.lowerBound) {
      unsafe target.copyMemory(
        from: own, byteCount: range.count * parameterStride)
    } else if let tensors {
      if tensors.hasSplitWeights {
        unsafe copy(tensors.weights, range, to: target)
      } else {
        unsafe copy(tensors.parameters, range, to: target)
      }
    }
  }

  /// Replaces parameters by elements that lie behind each other.
  package func replaceParameters(
    _ range: Range<Int>, with source: UnsafeRawPointer
  ) {
    if let own = unsafe parameters(from: range.lowerBound) {
      unsafe own.copyMemory(
        from: source, byteCount: range.count * parameterStride)
    } else if let tensors {
      if tensors.hasSplitWeights {
        unsafe replace(tensors.weights, range, with: source)
      } else {
        unsafe replace(tensors.parameters, range, with: source)
      }
    }
  }

  private func replace<Element>(
    _ list: TensorList<Element>, _ range: Range<Int>,
    with source: UnsafeRawPointer
  ) {
    let source = unsafe source.assumingMemoryBound(to: Element.self)
    forEachTensor(in: range) { tensor, elements, offset in
      // An array that is taken out has one owner, and is not copied.
      var memory = list.exchange(tensor, with: .none)
      unsafe memory.lend {
        guard let target = $0.baseAddress else { return }
        unsafe (target + elements.lowerBound).update(
          from: source + offset, count: elements.count)
      }
      _ = list.exchange(tensor, with: memory)
    }
  }

  private func roundGradients(
    _ range: Range<Int>, to target: UnsafeMutablePointer<BFloat16>
  ) {
    if let flat = unsafe flat {
      return unsafe BFloat16.round(
        UnsafeBufferPointer(rebasing: flat.gradients[range]), into: target)
    }
    guard let list = tensors?.gradients else { return }
    forEachTensor(in: range) { tensor, elements, offset in
      unsafe list[tensor].read {
        if $0.isEmpty {
          unsafe (target + offset).update(
            repeating: BFloat16(0), count: elements.count)
        } else {
          unsafe BFloat16.round(
            UnsafeBufferPointer(rebasing: $0[elements]), into: target + offset)
        }
      }
    }
  }

  private func copy<Element>(
    _ list: TensorList<Element>, _ range: Range<Int>,
    to target: UnsafeMutableRawPointer
  ) {
    let stride = MemoryLayout<Element>.stride
    forEachTensor(in: range) { tensor, elements, offset in
      let place = unsafe target + offset * stride
      let byteCount = elements.count * stride
      unsafe list[tensor].read {
        guard let first = $0.baseAddress, !$0.isEmpty else {
          // The bits of 0 are 0 in each type.
          _ = unsafe memset(place, 0, byteCount)
          return
        }
        unsafe place.copyMemory(
          from: first + elements.lowerBound, byteCount: byteCount)
      }
    }
  }

  /// Calls `body` for each tensor that has elements in a range, with these
  /// elements, counted in the tensor, and the place of the first of them in the
  /// range.
  private func forEachTensor(
    in range: Range<Int>,
    _ body: (_ tensor: Int, _ elements: Range<Int>, _ offset: Int) -> Void
  ) {
    let first = layout.partitioningIndex {
      $0.range.upperBound > range.lowerBound
    }
    for tensor in first..<layout.count {
      let whole = layout[tensor].range
      if whole.lowerBound >= range.upperBound { return }
      let own = whole.clamped(to: range)
      if own.isEmpty { continue }
      let start = own.lowerBound - whole.lowerBound
      body(
        tensor, start..<(start + own.count),
        own.lowerBound - range.lowerBound)
    }
  }
}

extension ModelMemory {
  /// Calls `body` with the memory of a shard for some tiles of its grid, once
  /// or tensor by tensor.
  ///
  /// - Parameters:
  ///   - shard: The shard.
  ///   - grid: The grid of the shard.
  ///   - tiles: Some of its tiles.
  ///   - sums: The gradients of the shard; `nil` where they are those of the
  ///     caller.
  ///   - body: Works on some of the tiles.
  func visit(
    _ shard: Range<Int>, _ grid: TileGrid, tiles: Range<Int>,
    sums: UnsafePointer<Scalar>?,
    _ body: (LentMemory<Scalar>, Range<Int>) -> Void
  ) {
    if tiles.isEmpty { return }
    if let flat = unsafe flat {
      var own = unsafe flat.parameters(in: shard)
      if let sums = unsafe sums {
        unsafe own.gradients = UnsafeBufferPointer(
          start: sums, count: shard.count)
      } else if unsafe !flat.gradients.isEmpty {
        unsafe own.gradients = UnsafeBufferPointer(
          rebasing: flat.gradients[shard])
      }
      return unsafe body(.flat(own), tiles)
    }
    guard let tensors else { return }
    for index in grid.slices(in: tiles) {
      let slice = grid.slices[index]
      // A shard may begin in the middle of a tensor.
      let start =
        shard.lowerBound + slice.start - layout[slice.tensor].range.lowerBound
      unsafe tensors.lend(slice.tensor) { whole in
        var own = unsafe whole.parameters(in: start..<(start + slice.count))
        if let sums = unsafe sums {
          unsafe own.gradients = UnsafeBufferPointer(
            start: sums + slice.start, count: slice.count)
        }
        unsafe body(.tensor(own), slice.tiles.clamped(to: tiles))
      }
    }
  }
}

extension ParameterBuffers {
  /// Some of the parameters alone, in their own form.
  fileprivate func parameters(in range: Range<Int>) -> ParameterBuffers {
    guard let weights = unsafe weights else {
      return unsafe ParameterBuffers(
        parameters: UnsafeMutableBufferPointer(rebasing: parameters[range]))
    }
    var own = unsafe ParameterBuffers()
    unsafe own.weights = UnsafeMutableBufferPointer(rebasing: weights[range])
    return unsafe own
  }
}
