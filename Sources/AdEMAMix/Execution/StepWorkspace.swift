//===--- StepWorkspace.swift - memory that a step needs while it runs -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// Memory that a step needs while it runs. It is kept from one step to the
/// next, so that a step allocates nothing.
struct StepWorkspace<Scalar: OptimizerScalar> {
  /// The operands of each group, `nil` for frozen groups, and after them those
  /// of tensors with a history of their own.
  var groups: [GroupOperands<Scalar>?]
  /// The part of each tensor in the call; none where all tensors are like their
  /// groups.
  var roles: [TensorRole] = []
  /// The tensors without a gradient in the call, each once, in ascending order.
  var missing: [Int] = []
  /// The factors of each slice; none where all are 1.
  var factors: [SliceFactors] = []
  /// The findings of the last pass.
  var sums = ScanSums()
  /// The update of the average in the call, and the scale after it.
  var average: (AverageUpdate<Scalar>, scale: LazyScale)?
  /// The caller's trees, while a call has them.
  let tensors = CallerTensors<Scalar>()
  /// The caller's buffers in the order of their addresses.
  var bufferOrder = BufferOrder()
  /// The signs of the gradients of each tile, between the halves of a cautious
  /// step; empty before the first one.
  private var signs: [ademamix_signs] = []
  /// Tiles for each worker.
  private var scratch: [Scalar]

  /// A workspace for the steps of a grid.
  init(_ grid: TileGrid, _ threadSplit: ThreadSplit, groupCount: Int) {
    groups = Array(repeating: nil, count: groupCount)
    scratch = []
    fit(grid, threadSplit)
  }

  /// Fits scratch and factors to another grid or number of threads.
  mutating func fit(_ grid: TileGrid, _ threadSplit: ThreadSplit) {
    let workers = threadSplit.workerLimit(for: grid.tiles)
    scratch = Array(
      repeating: 0, count: workers * TileGrid.scratchStride(of: Scalar.self))
    factors = []
    signs = []
  }

  /// Makes room for the signs of the gradients of so many tiles.
  mutating func prepareSigns(tileCount: Int) {
    let count = tileCount * TileGrid.signsATile
    // A call on single tensors needs less.
    if signs.count < count {
      signs = Array(repeating: ademamix_signs(), count: count)
    }
  }

  /// The memory of a pass.
  @unsafe struct Memory {
    let groups: UnsafePointer<GroupOperands<Scalar>?>
    /// By tensor; `nil` where all tensors are like their groups.
    let roles: UnsafePointer<TensorRole>?
    let scratch: UnsafeMutablePointer<Scalar>
    /// By slice; `nil` where all factors are 1.
    let factors: UnsafePointer<SliceFactors>?
    /// By the sum of slice and part index.
    let sums: UnsafeMutablePointer<SliceSums>?
    /// By tile; `nil` before there is a cautious step.
    let signs: UnsafeMutablePointer<ademamix_signs>?
  }

  /// Lends the memory of a pass, unless there are no groups.
  mutating func withMemory(_ body: (Memory) -> Void) {
    unsafe scratch.withUnsafeMutableBufferPointer { scratch in
      unsafe groups.withUnsafeBufferPointer { groups in
        unsafe roles.withUnsafeBufferPointer { roles in
          unsafe factors.withUnsafeBufferPointer { factors in
            unsafe sums.parts.withUnsafeMutableBufferPointer { sums in
              unsafe signs.withUnsafeMutableBufferPointer { signs in
                guard let groups = groups.baseAddress,
                  let scratch = scratch.baseAddress
                else { return }
                unsafe body(
                  Memory(
                    groups: groups,
                    roles: roles.isEmpty ? nil : roles.baseAddress,
                    scratch: scratch,
                    factors: factors.isEmpty ? nil : factors.baseAddress,
                    sums: sums.baseAddress, signs: signs.baseAddress))
              }
            }
          }
        }
      }
    }
  }

  /// The operands of a slice; `nil` where the call leaves it alone.
  func operands(
    of slice: TensorSlice, in grid: TileGrid
  ) -> GroupOperands<Scalar>? {
    if roles.isEmpty { return groups[slice.group] }
    return roles[grid.firstTensor + slice.tensor].operands.flatMap {
      groups[$0]
    }
  }
}
