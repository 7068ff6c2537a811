//===--- NarrowMemory.swift - gradients and parameters in bfloat16 --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// Gradients and a copy of the parameters in bfloat16.
@unsafe struct NarrowMemory {
  let gradients: UnsafePointer<BFloat16>
  /// The rounded copy of the parameters.
  let parameters: UnsafeMutablePointer<BFloat16>

  static func + (memory: NarrowMemory, offset: Int) -> NarrowMemory {
    unsafe NarrowMemory(
      gradients: memory.gradients + offset,
      parameters: memory.parameters + offset)
  }
}
