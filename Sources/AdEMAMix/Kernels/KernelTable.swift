//===--- KernelTable.swift - the C kernels of one scalar type -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The C kernels of one scalar type, compiled for one instruction set.
@safe struct KernelTable<Scalar: OptimizerScalar>: @unchecked Sendable {
  /// The kernels whose raw pointers are to elements of this scalar type.
  let kernels: UnsafePointer<ademamix_kernels>
  /// The kernels of quantized moments. They exist for `Float` alone.
  let quantized: UnsafePointer<ademamix_quantized_kernels>

  init(_ instructionSet: InstructionSet) {
    precondition(
      Scalar.self == Float.self || Scalar.self == Double.self,
      "an optimizer works on Float or Double")
    precondition(
      Int(ADEMAMIX_BLOCK_LENGTH) == TileGrid.tileLength(of: Float.self),
      "a block of a quantized moment has the elements of a tile")
    precondition(
      Int(ADEMAMIX_TILE_BYTES) == TileGrid.byteCount,
      "the kernels add up by the tiles of the grid")
    let set = instructionSet.rawValue
    unsafe kernels =
      Scalar.self == Float.self
      ? ademamix_kernels_f32(set) : ademamix_kernels_f64(set)
    unsafe quantized = ademamix_kernels_quantized(set)
  }
}
