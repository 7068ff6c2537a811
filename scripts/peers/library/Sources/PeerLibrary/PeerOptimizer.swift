//===--- PeerOptimizer.swift - an optimizer that C can call ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// An optimizer, its parameters and its gradients.
@safe private final class PeerOptimizer {
  var optimizer: AdEMAMix<Float>
  let parameters: UnsafeMutableBufferPointer<Float>
  let gradients: UnsafeBufferPointer<Float>

  init(
    _ optimizer: consuming AdEMAMix<Float>,
    _ parameters: UnsafeMutableBufferPointer<Float>,
    _ gradients: UnsafeBufferPointer<Float>
  ) {
    self.optimizer = optimizer
    unsafe self.parameters = unsafe parameters
    unsafe self.gradients = unsafe gradients
  }
}

/// Makes an optimizer of one flat buffer.
///
/// - Parameters:
///   - parameters: The parameters, which must outlive the optimizer.
///   - gradients: The gradients, which must outlive the optimizer.
///   - count: The number of parameters.
///   - kind: 0 is the engine `blas`, 1 `fused`, 2 `fused` with the storage
///     `compact`, 3 with `minimal`.
///   - threads: The largest number of threads of a step.
///   - numbers: The learning rate, beta1, beta2, beta3, alpha, epsilon and the
///     weight decay.
/// - Returns: `nil` if there is no such optimizer.
@c(ademamix_peer_make)
public func makePeer(
  _ parameters: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
  _ count: Int, _ kind: CInt, _ threads: CInt, _ numbers: UnsafePointer<Double>
) -> UnsafeMutableRawPointer? {
  let storages: [MomentStorage] = [.full, .full, .compact, .minimal]
  guard storages.indices.contains(Int(kind)) else { return nil }
  let hyperparameters = unsafe Hyperparameters(
    learningRate: .constant(numbers[0]), beta1: numbers[1],
    beta2: numbers[2], beta3: .constant(numbers[3]),
    alpha: .constant(numbers[4]), epsilon: numbers[5],
    weightDecay: .constant(numbers[6]))
  let group = ParameterGroup(
    "flat", sizes: [count], hyperparameters, storage: storages[Int(kind)])
  guard
    let optimizer = try? AdEMAMix<Float>(
      [group], engine: kind == 0 ? .blas : .fused, threads: Int(threads))
  else { return nil }
  let peer = unsafe PeerOptimizer(
    optimizer, UnsafeMutableBufferPointer(start: parameters, count: count),
    UnsafeBufferPointer(start: gradients, count: count))
  return unsafe Unmanaged.passRetained(peer).toOpaque()
}

/// Makes a step.
///
/// - Returns: 0, or 1 if the step threw an error.
@c(ademamix_peer_step)
public func stepPeer(_ peer: UnsafeMutableRawPointer) -> CInt {
  let peer = unsafe Unmanaged<PeerOptimizer>.fromOpaque(peer)
    .takeUnretainedValue()
  do {
    try unsafe peer.optimizer.step(
      peer.parameters.mutableSpan, gradients: peer.gradients.span)
    return 0
  } catch {
    return 1
  }
}

/// Frees an optimizer.
@c(ademamix_peer_free)
public func freePeer(_ peer: UnsafeMutableRawPointer) {
  unsafe Unmanaged<PeerOptimizer>.fromOpaque(peer).release()
}
