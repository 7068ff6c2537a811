//===--- QuantizedKernelCounts.swift - the kernels of fewer bits ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import CAdEMAMixKernels

/// Counts the kernels that exist for `Float` alone, compiled for an instruction
/// set.
@safe struct QuantizedKernelCounts {
  private let prefix: String
  private let kernels: ademamix_quantized_kernels
  private let theta, g, m1, m2, nu: UnsafeMutablePointer<Float>
  private let narrow: UnsafeMutablePointer<UInt16>
  private let rounding = ademamix_rounding(seed: 7, first: 0, step: 90)

  private let block = Int(ADEMAMIX_BLOCK_LENGTH)

  private static let formats = [
    ("bfloat16", ADEMAMIX_BFLOAT16), ("int16", ADEMAMIX_INT16),
    ("int8", ADEMAMIX_INT8), ("uint16", ADEMAMIX_UINT16),
    ("uint8", ADEMAMIX_UINT8),
    ("signed float16", ADEMAMIX_SIGNED_FLOAT16),
    ("signed float8", ADEMAMIX_SIGNED_FLOAT8),
    ("unsigned float8", ADEMAMIX_UNSIGNED_FLOAT8),
  ]

  init(_ set: InstructionSet) {
    prefix = "kernel Float \(set)"
    unsafe kernels = ademamix_kernels_quantized(set.rawValue).pointee
    unsafe theta = KernelInput.elements(1)
    unsafe g = KernelInput.elements(2)
    unsafe m1 = KernelInput.elements(3)
    unsafe m2 = KernelInput.elements(4)
    unsafe nu = KernelInput.elements(5, positive: true)
    unsafe narrow = .allocate(capacity: KernelInput.count)
    unsafe narrow.initialize(repeating: 0, count: KernelInput.count)
    unsafe kernels.narrow(KernelInput.count, g, narrow)
  }

  func count() {
    countSteps(
      "compact", ADEMAMIX_BFLOAT16, ADEMAMIX_SIGNED_FLOAT16, ADEMAMIX_UINT16)
    countSteps(
      "minimal", ADEMAMIX_SIGNED_FLOAT8, ADEMAMIX_SIGNED_FLOAT16,
      ADEMAMIX_UNSIGNED_FLOAT8)
    countSteps(
      "compact of version 2", ADEMAMIX_BFLOAT16, ADEMAMIX_INT16,
      ADEMAMIX_UINT16)
    countSteps(
      "minimal of version 2", ADEMAMIX_INT8, ADEMAMIX_INT16, ADEMAMIX_UINT8)
    countCodes()
    countConversions()
  }

  private func countSteps(
    _ storage: String, _ fast: Int, _ slow: Int, _ second: Int
  ) {
    var c = KernelInput.coefficients
    var operands = unsafe ademamix_quantized_operands(
      theta: theta, weights: nil, corrections: nil, correction_bytes: 0,
      gradients: g, bfloat16_gradients: nil, bfloat16_theta: nil,
      fast: moment(fast, m1), slow: moment(slow, m2),
      second: moment(second, nu))
    count("fused \(storage)") { count in
      unsafe kernels.fused(count, &operands, rounding, &c)
    }
    unsafe operands.gradients = nil
    unsafe operands.bfloat16_gradients = UnsafePointer(narrow)
    unsafe operands.bfloat16_theta = .allocate(capacity: KernelInput.count)
    count("fused \(storage) with bfloat16") { count in
      unsafe kernels.fused(count, &operands, rounding, &c)
    }
    // The copy becomes the upper parts of weights.
    unsafe operands.theta = nil
    unsafe swap(&operands.weights, &operands.bfloat16_theta)
    let corrections = UnsafeMutableRawPointer.allocate(
      byteCount: 2 * KernelInput.count, alignment: 64)
    unsafe corrections.initializeMemory(
      as: UInt8.self, repeating: 0, count: 2 * KernelInput.count)
    unsafe operands.corrections = corrections
    for bytes in [2, 1] {
      unsafe operands.correction_bytes = bytes
      count("fused \(storage), weights split, \(bytes) bytes") { count in
        unsafe kernels.fused(count, &operands, rounding, &c)
      }
    }
  }

  /// The loops that work on a block.
  private func countCodes() {
    for (name, format) in Self.formats {
      let x = unsafe name.hasPrefix("u") ? nu : g
      let moment = unsafe moment(format, x)
      count("load \(name)", elements: block) { count in
        unsafe kernels.load(count, moment, theta)
      }
      count("store \(name)", elements: block) { count in
        unsafe kernels.store(count, x, rounding, moment)
      }
    }
  }

  private func countConversions() {
    count("add_rounded") { count in
      unsafe kernels.add_rounded(count, 1e-6, g, 0, 90, theta)
    }
    count("widen") { count in unsafe kernels.widen(count, narrow, m1) }
    count("narrow") { count in unsafe kernels.narrow(count, g, narrow) }
    count("bfloat16_are_finite") { count in
      _ = unsafe kernels.bfloat16_are_finite(count, narrow)
    }
    count("maxima_are_finite") { count in
      _ = unsafe kernels.maxima_are_finite(count, nu)
    }
  }

  /// A moment of some numbers, in memory that lasts as long as the process.
  private func moment(
    _ format: Int, _ x: UnsafeMutablePointer<Float>
  ) -> ademamix_quantized_moment {
    let blocks = (KernelInput.count + block - 1) / block
    let bytes = ademamix_element_bytes(Int32(format)) * KernelInput.count
    let moment = unsafe ademamix_quantized_moment(
      elements: .allocate(byteCount: bytes, alignment: 64),
      maxima: .allocate(capacity: blocks), format: Int32(format))
    for index in 0..<blocks {
      let start = index * block
      unsafe kernels.store_nearest(
        min(block, KernelInput.count - start), x + start,
        ademamix_moment_at(moment, start))
    }
    return unsafe moment
  }

  private func count(
    _ kernel: String, elements: Int = KernelInput.count, _ work: (Int) -> Void
  ) {
    InstructionCounter.countKernel("\(prefix) \(kernel)", elements: elements) {
      work(elements)
    }
  }
}
