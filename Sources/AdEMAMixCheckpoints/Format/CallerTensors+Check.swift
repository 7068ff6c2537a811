//===--- CallerTensors+Check.swift - whether memory is that of a shard ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

extension CallerTensors {
  /// Checks that the memory has the parameters of an optimizer's shard, or of
  /// the whole model, and that a step would take it.
  package func check(
    _ optimizer: borrowing AdEMAMix<Scalar>, isOfModel: Bool = false
  ) throws(CheckpointError) {
    do throws(AdEMAMixError) {
      try optimizer.checkForm(isSplit: hasSplitWeights)
    } catch {
      throw .unsuitableMemory(error)
    }
    let layout = optimizer.layout
    try check(layout, isOfModel ? 0..<layout.count : optimizer.shard)
  }

  /// Checks that the memory has the parameters of a shard, and that a step
  /// would take it.
  private func check(
    _ layout: ParameterLayout, _ shard: Range<Int>
  ) throws(CheckpointError) {
    let sizes = layout.tensors.map { $0.range.clamped(to: shard).count }
    var order = BufferOrder()
    do throws(MemoryFault) {
      try check(sizes: sizes.span, count: shard.count, .none, &order)
    } catch {
      throw CheckpointError(error, layout)
    }
  }
}

extension CheckpointError {
  /// The error of a call whose memory is refused.
  fileprivate init(_ fault: MemoryFault, _ layout: ParameterLayout) {
    self =
      switch fault {
      case .parameterCount(let count, let expected):
        .parameterCount(count, expected: expected)
      case .tensorCount(let count, let expected):
        .tensorCount(count, expected: expected)
      case .tensorParameterCount(let count, let expected, let tensor):
        .tensorParameterCount(
          count, expected: expected, tensor: layout.tensors[tensor].name)
      default: .unsuitableMemory(AdEMAMixError(fault, layout))
      }
  }
}
