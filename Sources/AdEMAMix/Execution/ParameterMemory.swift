//===--- ParameterMemory.swift - the caller's memory, for a pass ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The caller's memory, as a pass sees it.
@unsafe enum ParameterMemory<Scalar> {
  /// The shard as one buffer.
  case flat(UnsafeMutablePointer<Scalar>, gradients: UnsafePointer<Scalar>)
  /// One buffer for each tensor of the layout.
  case separate(UnsafePointer<TensorBuffers<Scalar>>)
  /// The one tensor whose tiles are to be updated.
  case single(TensorBuffers<Scalar>)
  /// The shard as one buffer, its gradients and a copy in bfloat16.
  case narrow(UnsafeMutablePointer<Scalar>, NarrowMemory)
}
