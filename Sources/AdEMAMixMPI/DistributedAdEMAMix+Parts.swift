//===--- DistributedAdEMAMix+Parts.swift - a step's parts, to be timed ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

extension DistributedAdEMAMix {
  /// Makes the communication of a step, but no update, so that benchmarks can
  /// time the communication by itself.
  ///
  /// - Parameters:
  ///   - parameters: All parameters.
  ///   - gradients: All gradients.
  ///   - reducing: Whether gradients are summed to their owners.
  ///   - gathering: Whether parameters are gathered from their owners.
  /// - Throws: ``DistributedError``.
  package mutating func exchangeAlone(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>, reducing: Bool,
    gathering: Bool
  ) throws(DistributedError) {
    exchange.prepare(isReducing: reducing, isInPlace: true)
    exchange.begin(unsafe ModelMemory(parameters, gradients: gradients))
    defer { exchange.end() }
    exchange.visit(writesParameters: gathering) { _ in }
    if let failure = exchange.failure { throw failure }
  }

  /// Makes the agreement that a step begins with, so that benchmarks can time
  /// the agreement by itself.
  package mutating func agreeAlone() throws(DistributedError) {
    try agree(on: .success(()), in: .step)
  }
}

#endif
