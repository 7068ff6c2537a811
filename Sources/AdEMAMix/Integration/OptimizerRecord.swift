//===--- OptimizerRecord.swift - the state, as values to store ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// All of an optimizer but the elements of its buffers, to be stored with them.
package struct OptimizerRecord: Sendable, Hashable {
  /// The state of a group.
  package struct Group: Sendable, Hashable {
    /// Steps that each moment has taken part in.
    package var stepCounts: MomentStepCounts
    /// The factors between the moments and the buffers.
    package var scales: MomentScales
    /// The buffers that exist, each once.
    package var buffers: [StateBufferName]

    package init(
      stepCounts: MomentStepCounts, scales: MomentScales,
      buffers: [StateBufferName]
    ) {
      self.stepCounts = stepCounts
      self.scales = scales
      self.buffers = buffers
    }
  }

  package var layout: ParameterLayout
  /// The part of the flat index space, within the layout.
  package var shard: Range<Int>
  package var clock: StepClock
  package var options: StepOptions
  package var arguments: CallArguments
  package var counts: RunCounts
  /// The state of each group of the layout.
  package var groups: [Group]
  /// The form of the weights.
  package var weights = WeightFormat.scalar
  /// The histories of tensors that some step has left alone.
  package var tensorHistories = TensorHistories()
  /// The weights of the gradients that have accumulated: their sum.
  package var accumulatedWeight = 0.0
  /// The tensors of which no gradient has accumulated, while there are some of
  /// others: ascending indices.
  package var unaccumulatedTensors: [Int] = []

  package init(
    layout: ParameterLayout, shard: Range<Int>, clock: StepClock,
    options: StepOptions, arguments: CallArguments, counts: RunCounts,
    groups: [Group]
  ) {
    self.layout = layout
    self.shard = shard
    self.clock = clock
    self.options = options
    self.arguments = arguments
    self.counts = counts
    self.groups = groups
  }
}
