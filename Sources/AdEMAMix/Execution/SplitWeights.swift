//===--- SplitWeights.swift - weights in two parts ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The two parts of neighbouring weights of one tensor.
@safe struct SplitWeights: @unchecked Sendable {
  private let weights: UnsafeMutablePointer<BFloat16>
  /// `nil` for weights of a group that has always been frozen, which have no
  /// correction.
  private let corrections: UnsafeMutableRawPointer?
  private let stride: Int
  private let kernels: UnsafePointer<ademamix_quantized_kernels>

  /// The weights of a tensor.
  ///
  /// - Parameters:
  ///   - weights: The upper parts of the tensor.
  ///   - corrections: The corrections of the tensor's group.
  ///   - start: The first of them that belongs to the tensor.
  ///   - kernels: The kernels.
  init(
    _ weights: UnsafeMutablePointer<BFloat16>,
    _ corrections: CorrectionBuffer?, from start: Int,
    _ kernels: UnsafePointer<ademamix_quantized_kernels>
  ) {
    unsafe self.weights = weights
    unsafe self.corrections = corrections.map {
      unsafe $0.elements + start * $0.stride
    }
    stride = corrections?.stride ?? 0
    unsafe self.kernels = kernels
  }

  /// Puts some weights together.
  func join(
    _ range: Range<Int>, into parameters: UnsafeMutablePointer<Float>
  ) {
    let own = unsafe (weights + range.lowerBound).cast(to: UInt16.self)
    guard let corrections = unsafe corrections else {
      return unsafe kernels.pointee.widen(range.count, own, parameters)
    }
    unsafe kernels.pointee.join(
      range.count, stride, own, corrections + range.lowerBound * stride,
      parameters)
  }

  /// Splits some weights, rounded to the nearest.
  func split(_ range: Range<Int>, _ parameters: UnsafePointer<Float>) {
    let own = unsafe (weights + range.lowerBound).cast(to: UInt16.self)
    guard let corrections = unsafe corrections else {
      return unsafe kernels.pointee.narrow(range.count, parameters, own)
    }
    unsafe kernels.pointee.split_nearest(
      range.count, stride, parameters, own,
      corrections + range.lowerBound * stride)
  }
}
