//===--- DistributedAdEMAMix+State.swift - settings and counts ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix {
  /// The way in which steps are computed. It must be the same on all ranks, or
  /// the next step throws ``DistributedError/Code/disagreement``.
  public var engine: StepEngine {
    get { state.engine }
    set {
      state.engine = newValue
      digest = nil
    }
  }

  /// The options of the next calls. They must be the same on all ranks, or the
  /// next step throws ``DistributedError/Code/disagreement``. They apply to the
  /// mean of all ranks' gradients.
  public var options: StepOptions {
    get { state.options }
    set {
      guard state.options != newValue else { return }
      state.options = newValue
      digest = nil
    }
  }

  /// The number of steps from one comparison of all ranks' parameters to the
  /// next; `nil`, the default, compares none. At least 1, and the same on all
  /// ranks.
  ///
  ///     optimizer.parameterCheckInterval = 1_000
  ///
  /// A step compares checksums of the parameters before anything changes, the
  /// first one too: at step counts that are multiples of the interval. All
  /// ranks throw ``DistributedError/Code/disagreement`` for checksums that
  /// differ. ``DistributedError/rank`` is then a rank that differs from rank 0,
  /// and ``DistributedError/field`` names its first tensor that does, such as
  /// `parameters['layers.0.weight'].checksum`.
  /// ``broadcast(_:from:)-(Parameters,_)`` makes the parameters the same again.
  ///
  /// The checksums take a pass over all parameters, by one thread.
  public var parameterCheckInterval: Int? {
    get { checkInterval }
    set {
      precondition(newValue ?? 1 > 0, "an interval has at least 1 step")
      checkInterval = newValue
      digest = nil
    }
  }

  /// The number of steps completed, the same on all ranks.
  public var stepCount: Int { state.stepCount }

  /// The groups, and the flat index space of their tensors.
  package var layout: ParameterLayout { state.layout }

  /// The part of the flat index space whose moments this rank keeps.
  package var shard: Range<Int> { state.shard }

  /// The number of this process.
  package var rank: Int { communicator.rank }

  /// The number of processes.
  package var rankCount: Int { communicator.size }

  /// The bytes of the gradients that are under way during a step.
  package var chunkByteCount: Int { exchange.byteCount }

  /// The bytes of the gradients that open steps keep while they are under way.
  package var bucketByteCount: Int { bucketExchange?.byteCount ?? 0 }

  /// The time that was left to wait for sums at the end of the last open step's
  /// backward pass, and the time that its calls took in the pass.
  package var openStepTiming: (waiting: Duration, working: Duration) {
    (bucketExchange?.waiting ?? .zero, bucketExchange?.working ?? .zero)
  }

  /// The time that the parts of the last step took on this rank.
  package var timing: StepTiming { exchange.timing }
}

extension DistributedAdEMAMix {
  /// An optimizer with the same settings and state, in other memory, and with a
  /// communicator of its own.
  ///
  /// All ranks must make the call.
  ///
  /// - Throws: ``DistributedError``, on all ranks, for too little memory on one
  ///   of them.
  /// - Complexity: O(count of the shard).
  public mutating func copy()
    throws(DistributedError) -> DistributedAdEMAMix
  {
    try checkIsUsable()
    var copied: AdEMAMix<Scalar>?
    let result = prepared { optimizer throws(AdEMAMixError) in
      copied = try optimizer.copy()
    }
    try agree(on: result, in: .copy)
    var copy = try DistributedAdEMAMix(
      on: communicator, placement: placement, pieceCount: pieceCount,
      displacementLimit: displacementLimit
    ) { _ in
      guard let state = copied.take() else {
        preconditionFailure("there is a copy or a failure")
      }
      return state
    }
    copy.checkInterval = checkInterval
    copy.roundsGradients = roundsGradients
    return copy
  }
}

#endif
