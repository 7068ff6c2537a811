//===--- DistributedAdEMAMix+State.swift - what it is, and its settings ---===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix {
  /// The groups, and the flat index space of their tensors.
  public var layout: ParameterLayout { optimizer.layout }

  /// The part of the flat index space whose moments this rank has.
  public var shard: Range<Int> { optimizer.shard }

  /// Which count the first step shows to schedules.
  public var clock: StepClock { optimizer.clock }

  /// How a step is computed: alike on all ranks, or the next step throws.
  public var engine: Engine {
    get { optimizer.engine }
    set {
      optimizer.engine = newValue
      digest = nil
    }
  }

  /// What steps do around the update: alike on all ranks, or the next step
  /// throws. What they find of a gradient, they find of all ranks' mean.
  public var options: StepOptions {
    get { optimizer.options }
    set {
      guard optimizer.options != newValue else { return }
      optimizer.options = newValue
      digest = nil
    }
  }

  /// The number of steps completed.
  public var stepCount: Int { optimizer.stepCount }

  /// The calls that ``NonFinitePolicy/skipStep(limit:)`` made do nothing.
  public var skippedStepCount: Int { optimizer.skippedStepCount }

  /// The elements that ``NonFinitePolicy/zeroElements`` took as 0, on all ranks.
  public var zeroedElementCount: Int { optimizer.zeroedElementCount }

  /// The gradients that have accumulated for the next step: means of all ranks'.
  public var accumulatedGradientCount: Int {
    optimizer.accumulatedGradientCount
  }

  /// The bytes of this rank's state: moments, and accumulated gradients.
  public var stateByteCount: Int { optimizer.stateByteCount }

  /// The bytes of the gradients that are under way during a step.
  public var chunkByteCount: Int { exchange.byteCount }

  /// Where the time of the last step went on this rank.
  public var timing: StepTiming { exchange.timing }

  /// The moments of this rank's shard, by group.
  ///
  /// - Complexity: O(count of the shard).
  public func moments() -> [GroupMoments<Scalar>] { optimizer.moments() }
}

#endif
