//===--- AveragedMemory.swift - the memory of averaged parameters ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The memory of averaged parameters.
@unsafe enum AveragedMemory<Scalar> {
  /// All of them in one buffer.
  case flat(UnsafeMutablePointer<Scalar>)
  /// One buffer for each tensor.
  case separate(UnsafePointer<TensorBuffers<Scalar>>)
  /// The one tensor whose tiles are to be worked on.
  case single(UnsafeMutablePointer<Scalar>?)

  /// Parameters that are only read, as by an update.
  static func flat(reading parameters: UnsafePointer<Scalar>) -> Self {
    unsafe .flat(UnsafeMutablePointer(mutating: parameters))
  }

  /// A tensor that is only read.
  static func single(reading parameters: UnsafePointer<Scalar>?) -> Self {
    unsafe .single(parameters.map { unsafe UnsafeMutablePointer(mutating: $0) })
  }
}
