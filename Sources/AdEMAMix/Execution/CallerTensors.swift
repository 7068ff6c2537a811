//===--- CallerTensors.swift - the trees of one call ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The trees of one call, by what they are for.
@safe
package final class CallerTensors<Scalar: OptimizerScalar>:
  @unchecked Sendable
{
  /// The parameters, or the memory for updates.
  package let parameters = TensorList<Scalar>()
  /// Whether the parameters are only read. Then others may own them too.
  private(set) var areRead = false
  /// The upper parts of weights that are split. A call has them in place of
  /// parameters, unless it turns one into the other.
  package let weights = TensorList<BFloat16>()
  /// Whether the weights are only read.
  private(set) var areWeightsRead = false
  package let gradients = TensorList<Scalar>()
  /// Whether gradients are set to 0 once a call has taken them in. Then they
  /// have been taken out of their tree, as parameters are.
  private(set) var clearsGradients = false
  package let bfloat16Gradients = TensorList<BFloat16>()
  package let bfloat16Copies = TensorList<BFloat16>()
  /// The pointers of all tensors, where the trees have pointers. The array is
  /// kept for its memory.
  private(set) var buffers: [ParameterBuffers<Scalar>] = unsafe []

  /// No trees.
  package init() {}

  /// Parameters that are only read.
  package convenience init<Tree: TensorTree<Scalar>>(
    reading parameters: Tree, expected: [ParameterLayout.Tensor]? = nil
  ) {
    self.init()
    read(parameters, expected: expected)
  }

  /// Makes a call that changes weights which are split, whose arrays it owns
  /// alone meanwhile.
  package static func with<
    Tree: TensorTree<BFloat16>, Result, Failure: Error
  >(
    weights: inout Tree, expected: [ParameterLayout.Tensor],
    _ body: (CallerTensors) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let tensors = CallerTensors()
    tensors.weights.take(from: &weights, expected: expected)
    defer { tensors.weights.putBack(into: &weights) }
    return try body(tensors)
  }

  /// Makes a call that changes parameters, whose arrays it owns alone
  /// meanwhile.
  package static func with<Tree: TensorTree<Scalar>, Result, Failure: Error>(
    _ parameters: inout Tree, expected: [ParameterLayout.Tensor],
    _ body: (CallerTensors) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let tensors = CallerTensors()
    tensors.parameters.take(from: &parameters, expected: expected)
    defer { tensors.parameters.putBack(into: &parameters) }
    return try body(tensors)
  }

  /// Notes parameters that are only read.
  package func read<Tree: TensorTree<Scalar>>(
    _ parameters: Tree, expected: [ParameterLayout.Tensor]? = nil
  ) {
    areRead = true
    self.parameters.read(parameters, expected: expected)
  }

  /// Notes weights that are only read.
  package func read<Tree: TensorTree<BFloat16>>(
    weights: Tree, expected: [ParameterLayout.Tensor]
  ) {
    areWeightsRead = true
    self.weights.read(weights, expected: expected)
  }

  /// Takes gradients out of their tree, to be set to 0.
  package func take<Tree: TensorTree<Scalar>>(
    clearing gradients: inout Tree, expected: [ParameterLayout.Tensor]
  ) {
    clearsGradients = true
    self.gradients.take(from: &gradients, expected: expected)
  }

  /// Takes gradients in bfloat16 out of their tree, to be set to 0.
  package func take<Tree: TensorTree<BFloat16>>(
    clearingBFloat16 gradients: inout Tree, expected: [ParameterLayout.Tensor]
  ) {
    clearsGradients = true
    bfloat16Gradients.take(from: &gradients, expected: expected)
  }

  /// Whether some of the memory is in bfloat16.
  var isMixed: Bool {
    bfloat16Gradients.isGiven || bfloat16Copies.isGiven || weights.isGiven
  }

  /// Whether the call has weights that are split.
  package var hasSplitWeights: Bool { weights.isGiven }

  /// Whether parameters, and so all other trees, are single arrays or buffers.
  package var isFlat: Bool {
    parameters.isGiven ? parameters.isFlat : weights.isFlat
  }

  /// The number of tensors, or 1 for a single array or buffer of all.
  var tensorCount: Int {
    parameters.isGiven ? parameters.count : weights.count
  }

  /// Returns the parameters to their tree, and forgets all trees.
  package func putBack<Tree: TensorTree<Scalar>>(into parameters: inout Tree) {
    self.parameters.putBack(into: &parameters)
    clear()
  }

  /// Says which part of the layout the trees of the next call are.
  func setScope(_ name: String, _ range: Range<Int>) {
    parameters.scope = (name, range)
    weights.scope = (name, range)
    gradients.scope = (name, range)
    bfloat16Gradients.scope = (name, range)
    bfloat16Copies.scope = (name, range)
  }

  /// The number of gradients of a tensor, in either type.
  func gradientCount(of tensor: Int) -> Int {
    bfloat16Gradients.isGiven
      ? bfloat16Gradients[tensor].count : gradients[tensor].count
  }

  /// Lets trees of gradients lack tensors, until all trees are forgotten.
  package func allowMissingGradients() {
    gradients.allowsMissing = true
    bfloat16Gradients.allowsMissing = true
  }

  /// Forgets all trees.
  package func clear() {
    parameters.clear()
    areRead = false
    weights.clear()
    areWeightsRead = false
    clearsGradients = false
    gradients.clear()
    bfloat16Gradients.clear()
    bfloat16Copies.clear()
    unsafe buffers.removeAll(keepingCapacity: true)
  }

  /// Lends all memory for one call, after ``check(sizes:count:_:_:)``.
  func lend<Result, Failure: Error>(
    _ body: (inout CallerMemory<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if isFlat {
      return try unsafe lend(0) { (buffers) throws(Failure) in
        var memory = unsafe CallerMemory.flat(buffers)
        return try body(&memory)
      }
    }
    if unsafe !buffers.isEmpty, arePointers {
      var memory = unsafe CallerMemory.tensors(buffers)
      return try body(&memory)
    }
    var memory = CallerMemory.trees(self)
    return try body(&memory)
  }

  /// Lends the memory of one tensor, or of a single array or buffer.
  func lend<Result, Failure: Error>(
    _ tensor: Int,
    _ body: (ParameterBuffers<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard parameters.isGiven else {
      return try unsafe lendWeights(tensor, ParameterBuffers(), body)
    }
    if areRead {
      let own = parameters[tensor]
      return try unsafe own.read { (parameters) throws(Failure) in
        try unsafe lendWeights(
          tensor, ParameterBuffers(reading: parameters), body)
      }
    }
    // Taken out, so that the others can be read meanwhile.
    var own = parameters.exchange(tensor, with: .none)
    defer { _ = parameters.exchange(tensor, with: own) }
    return try unsafe own.lend { (parameters) throws(Failure) in
      try unsafe lendWeights(
        tensor, ParameterBuffers(parameters: parameters), body)
    }
  }

  private func lendWeights<Result, Failure: Error>(
    _ tensor: Int, _ buffers: ParameterBuffers<Scalar>,
    _ body: (ParameterBuffers<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard weights.isGiven else {
      return try unsafe lendCopy(tensor, buffers, body)
    }
    var buffers = unsafe buffers
    if areWeightsRead {
      let own = weights[tensor]
      return try unsafe own.read { (weights) throws(Failure) in
        unsafe buffers.weights = UnsafeMutableBufferPointer(mutating: weights)
        return try unsafe lendCopy(tensor, buffers, body)
      }
    }
    var own = weights.exchange(tensor, with: .none)
    defer { _ = weights.exchange(tensor, with: own) }
    return try unsafe own.lend { (weights) throws(Failure) in
      unsafe buffers.weights = weights
      return try unsafe lendCopy(tensor, buffers, body)
    }
  }

  private func lendCopy<Result, Failure: Error>(
    _ tensor: Int, _ buffers: ParameterBuffers<Scalar>,
    _ body: (ParameterBuffers<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard bfloat16Copies.isGiven else {
      return try unsafe lendGradients(tensor, buffers, body)
    }
    var copy = bfloat16Copies.exchange(tensor, with: .none)
    defer { _ = bfloat16Copies.exchange(tensor, with: copy) }
    return try unsafe copy.lend { (copy) throws(Failure) in
      var buffers = unsafe buffers
      unsafe buffers.bfloat16Copy = copy
      return try unsafe lendGradients(tensor, buffers, body)
    }
  }

  private func lendGradients<Result, Failure: Error>(
    _ tensor: Int, _ buffers: ParameterBuffers<Scalar>,
    _ body: (ParameterBuffers<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var buffers = unsafe buffers
    unsafe buffers.clearsGradients = clearsGradients
    if gradients.isGiven {
      return try unsafe lend(gradients, tensor) { (own) throws(Failure) in
        unsafe buffers.gradients = own
        return try unsafe body(buffers)
      }
    }
    if bfloat16Gradients.isGiven {
      return try unsafe lend(bfloat16Gradients, tensor) {
        (own) throws(Failure) in
        unsafe buffers.bfloat16Gradients = own
        return try unsafe body(buffers)
      }
    }
    return try unsafe body(buffers)
  }

  /// Lends the gradients of a tensor, which are owned alone where they are set
  /// to 0.
  private func lend<Element, Result, Failure: Error>(
    _ gradients: TensorList<Element>, _ tensor: Int,
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard clearsGradients else {
      let own = gradients[tensor]
      return try unsafe own.read(body)
    }
    var own = gradients.exchange(tensor, with: .none)
    defer { _ = gradients.exchange(tensor, with: own) }
    return try unsafe own.lend { (own) throws(Failure) in
      try unsafe body(UnsafeBufferPointer(own))
    }
  }

  /// Whether all memory lies behind pointers.
  private var arePointers: Bool {
    parameters.arePointers && weights.arePointers && gradients.arePointers
      && bfloat16Gradients.arePointers && bfloat16Copies.arePointers
  }

  /// Notes the pointers of all tensors, unless there are none.
  func collectPointers() {
    unsafe buffers.removeAll(keepingCapacity: true)
    // Arrays that are owned alone overlap with nothing.
    guard
      parameters.havePointers || weights.havePointers || gradients.havePointers
        || bfloat16Gradients.havePointers || bfloat16Copies.havePointers
    else { return }
    let none = unsafe UnsafeMutableBufferPointer<BFloat16>(start: nil, count: 0)
    for index in 0..<tensorCount {
      var tensor = unsafe ParameterBuffers<Scalar>()
      if weights.isGiven {
        unsafe tensor.weights = unsafe weights[index].pointer ?? none
      }
      if parameters.isGiven, let pointer = unsafe parameters[index].pointer {
        unsafe tensor.parameters = pointer
      }
      unsafe tensor.clearsGradients = clearsGradients
      if gradients.isGiven, let pointer = unsafe gradients[index].pointer {
        unsafe tensor.gradients = UnsafeBufferPointer(pointer)
      }
      if bfloat16Gradients.isGiven {
        let pointer = unsafe bfloat16Gradients[index].pointer
        unsafe tensor.bfloat16Gradients = UnsafeBufferPointer(pointer ?? none)
      }
      if bfloat16Copies.isGiven {
        unsafe tensor.bfloat16Copy =
          unsafe bfloat16Copies[index].pointer ?? none
      }
      unsafe buffers.append(tensor)
    }
  }
}
