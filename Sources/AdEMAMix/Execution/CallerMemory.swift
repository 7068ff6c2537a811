//===--- CallerMemory.swift - the memory that a call works on ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The memory that a caller lends for one call, whatever the call does with it:
/// a step, the update alone, an average, a checkpoint.
@safe package enum CallerMemory<Scalar: OptimizerScalar> {
  /// One buffer for all parameters of the shard.
  case flat(ParameterBuffers<Scalar>)
  /// One buffer for each tensor of the layout.
  case tensors([ParameterBuffers<Scalar>])
  /// One array for each tensor of the layout. Only one at a time lends its
  /// memory.
  case arrays(TensorArrays<Scalar>)

  /// Calls `body` with memory for some tiles of a grid, once or piece by piece.
  mutating func visit(
    _ grid: TileGrid, tiles: Range<Int>,
    _ body: (LentMemory<Scalar>, Range<Int>) -> Void
  ) {
    if tiles.isEmpty { return }
    switch self {
    case .flat(let buffers): unsafe body(.flat(buffers), tiles)
    case .tensors(let tensors):
      unsafe tensors.withUnsafeBufferPointer {
        guard let first = $0.baseAddress else { return }
        unsafe body(.tensors(first), tiles)
      }
    case .arrays:
      withArrays { arrays in
        for index in grid.slices(in: tiles) {
          let slice = grid.slices[index]
          unsafe arrays.lend(slice.tensor) {
            unsafe body(.tensor($0), slice.tiles.clamped(to: tiles))
          }
        }
      }
    }
  }

  /// Lends the parameters of a tensor.
  ///
  /// - Parameters:
  ///   - tensor: The index of the tensor.
  ///   - range: The elements of the tensor, counted in the shard.
  ///   - body: Reads the elements.
  /// - Throws: The error of `body`.
  package func read<Failure: Error>(
    tensor: Int, range: Range<Int>,
    _ body: (UnsafeBufferPointer<Scalar>) throws(Failure) -> Void
  ) throws(Failure) {
    switch self {
    case .flat(let buffers):
      try unsafe body(
        UnsafeBufferPointer(rebasing: buffers.parameters[range]))
    case .tensors(let tensors):
      try unsafe body(UnsafeBufferPointer(tensors[tensor].parameters))
    case .arrays(let arrays):
      try unsafe arrays.parameters[tensor].withUnsafeBufferPointer(body)
    }
  }

  /// Replaces the parameters of a tensor by as many elements.
  ///
  /// - Parameters:
  ///   - tensor: The index of the tensor.
  ///   - range: The elements of the tensor, counted in the shard.
  ///   - elements: The new parameters; `nil` for zeros.
  package mutating func replace(
    tensor: Int, range: Range<Int>, with elements: UnsafeBufferPointer<Scalar>?
  ) {
    func replace(_ parameters: UnsafeMutableBufferPointer<Scalar>) {
      if let elements = unsafe elements {
        unsafe _ = parameters.update(fromContentsOf: elements)
      } else {
        unsafe parameters.update(repeating: 0)
      }
    }
    switch self {
    case .flat(let buffers):
      unsafe replace(
        UnsafeMutableBufferPointer(rebasing: buffers.parameters[range]))
    case .tensors(let tensors):
      unsafe replace(tensors[tensor].parameters)
    case .arrays:
      withArrays { arrays in
        unsafe arrays.parameters[tensor].withUnsafeMutableBufferPointer {
          unsafe replace($0)
        }
      }
    }
  }

  /// Takes the arrays out for the time of a call, so that they are owned alone.
  mutating func withArrays(_ body: (inout TensorArrays<Scalar>) -> Void) {
    guard case .arrays(var arrays) = self else { return }
    self = unsafe .tensors([])
    body(&arrays)
    self = .arrays(arrays)
  }

  /// Whether one buffer has all parameters.
  var isFlat: Bool {
    if case .flat = self { true } else { false }
  }

  /// Whether some of the memory is in bfloat16.
  var isMixed: Bool {
    switch self {
    case .flat(let buffers): unsafe buffers.isMixed
    case .tensors(let tensors): unsafe tensors.contains { unsafe $0.isMixed }
    case .arrays(let arrays):
      !arrays.bfloat16Gradients.isEmpty || !arrays.bfloat16Copies.isEmpty
    }
  }
}

extension CallerMemory {
  /// Makes a call that reads one flat array.
  package static func reading<Success, Failure: Error>(
    _ parameters: [Scalar],
    _ body: (borrowing CallerMemory) throws(Failure) -> Success
  ) throws(Failure) -> Success {
    try unsafe parameters.withUnsafeBufferPointer {
      (parameters) throws(Failure) in
      try unsafe body(.flat(ParameterBuffers(reading: parameters)))
    }
  }

  /// Makes a call on one flat array.
  package static func with<Success, Failure: Error>(
    _ parameters: inout [Scalar],
    _ body: (inout CallerMemory) throws(Failure) -> Success
  ) throws(Failure) -> Success {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(Failure) in
      var memory = unsafe CallerMemory.flat(
        ParameterBuffers(parameters: parameters))
      return try body(&memory)
    }
  }

  /// Makes a call on separate arrays, which the call owns alone meanwhile.
  package static func with<Success, Failure: Error>(
    _ parameters: inout [[Scalar]],
    _ body: (inout CallerMemory) throws(Failure) -> Success
  ) throws(Failure) -> Success {
    let arrays = TensorArrays(parameters: parameters)
    parameters = []
    return try with(consume arrays, body) { parameters = $0.parameters }
  }

  /// Makes a call on arrays, which the call owns alone meanwhile.
  ///
  /// - Parameters:
  ///   - arrays: The arrays, which no one else refers to.
  ///   - body: The call.
  ///   - finally: Takes the arrays back, even if the call throws.
  /// - Returns: The result of the call.
  /// - Throws: The error of the call.
  package static func with<Success, Failure: Error>(
    _ arrays: consuming TensorArrays<Scalar>,
    _ body: (inout CallerMemory) throws(Failure) -> Success,
    finally: (_ arrays: TensorArrays<Scalar>) -> Void
  ) throws(Failure) -> Success {
    var memory = CallerMemory.arrays(consume arrays)
    defer {
      if case .arrays(let arrays) = memory { finally(arrays) }
    }
    return try body(&memory)
  }
}
