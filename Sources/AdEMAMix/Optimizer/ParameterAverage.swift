//===--- ParameterAverage.swift - a moving average of the weights ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// An exponential moving average of a model's parameters (Polyak averaging),
/// to evaluate the model with.
///
///     var average = try ParameterAverage<Float>(of: parameters, decay: 0.999)
///     for batch in batches {
///       …
///       let report = try optimizer.step(&parameters, gradients: gradients)
///       try average.update(with: parameters, after: report)
///     }
///     try average.swap(with: &parameters)  // the averages into the model
///     …                                    // evaluate it
///     try average.swap(with: &parameters)  // and the weights back
///
/// An average starts at the parameters it is made of. With decay d, and
/// parameters θ, each element follows
///
///     a ← d·a + (1-d)·θ
///
/// once a completed step: calls that accumulate a micro-batch or are skipped
/// leave it as it is, as their reports tell.
///
/// The decay is a number or a ``HyperparameterSchedule`` of the number of
/// completed updates, with values in `0 ..< 1`. `.halfLife(from: 0.1, to:
/// 0.9999, over: 90_000)` lies within 0.04 of the usual warm-up min(0.9999, (1
/// + n)/(10 + n)); for another decay d it takes 9/(1-d) updates.
///
/// The average owns its memory: 4 bytes a `Float` parameter. The parameters
/// stay the caller's, as one flat buffer or as separate tensors, in every shape
/// of memory that a step takes. Results depend neither on the shape nor on the
/// number of threads; their last bits depend on OpenBLAS's kernels, which
/// differ between processors. NaN and infinite parameters follow IEEE
/// arithmetic, and stay in the averages of their elements. Finite ones above
/// 1/16 of the scalar type's largest number may overflow.
///
/// After 30,000 updates `Float` averages are within 3e-6 of the exact ones for
/// any decay, relative to all of them together, if weights move by some 1e-3 of
/// their size an update. For decays above 1 - 2^-15 rounding is up or down by a
/// sequence that the index of an element and the number of updates decide.
///
/// - Reference: `optax.incremental_update` with a step size of 1-d;
///   `get_ema_multi_avg_fn(d)` of PyTorch.
public struct ParameterAverage<Scalar: OptimizerScalar>: ~Copyable, Sendable {
  /// The weight of the average so far, as a function of the number of completed
  /// updates.
  public let decay: HyperparameterSchedule

  /// The number of updates completed. It stops at 2^53.
  public internal(set) var updateCount = 0

  /// Whether the averages are in the model, and the weights here.
  public internal(set) var isSwappedIn = false

  /// How an update or a swap is split over threads.
  package var threadSplit: ThreadSplit

  /// The tensors, and the grid that BLAS works on.
  private(set) var grid: TileGrid
  /// The elements of each tensor.
  private(set) var sizes: [Int]
  /// The factor between the averages and what is stored of them.
  var scale = LazyScale()
  private let memory: AlignedMemory
  var bufferOrder = BufferOrder()
  /// The caller's tree, while a call has it.
  let tensors = CallerTensors<Scalar>()

  /// The number of elements.
  public var count: Int { grid.momentSizes[0].elementCount }

  /// The bytes that the averages take.
  public var byteCount: Int { memory.byteCount }

  var stored: UnsafeMutablePointer<Scalar> {
    unsafe memory.start.assumingMemoryBound(to: Scalar.self)
  }

  /// An average of tensors of the given sizes, of zeros.
  init(
    sizes: [Int], decay: HyperparameterSchedule, threads: Int?
  ) throws(AdEMAMixError) {
    do throws(ScheduleError) {
      try decay.validate()
    } catch {
      throw .invalidDecay(error)
    }
    _ = try LazyScale().decayed(by: decay, after: 0)
    let threadCount = threads ?? availableProcessorCount()
    guard threadCount > 0 else { throw .threadCount(threadCount) }

    let (count, byteCount) = try Self.extent(of: sizes)
    guard
      let memory = AlignedMemory(
        byteCount: max(byteCount, AlignedMemory.cacheLine))
    else { throw .outOfMemory(byteCount: byteCount) }
    unsafe memory.start.bindMemory(to: Scalar.self, capacity: count)
    self.memory = memory
    self.sizes = sizes
    self.decay = decay
    grid = TileGrid(
      sizes: sizes, tileLength: TileGrid.tileLength(of: Scalar.self))
    threadSplit = ThreadSplit(threadCount: threadCount)
  }

  /// Cuts the elements into tensors of other sizes, which add up to the same.
  mutating func cut(into sizes: [Int]) {
    self.sizes = sizes
    grid = TileGrid(
      sizes: sizes, tileLength: TileGrid.tileLength(of: Scalar.self))
  }

  /// The elements of some tensors, and their bytes.
  static func extent(
    of sizes: [Int]
  ) throws(AdEMAMixError) -> (count: Int, byteCount: Int) {
    var (count, isTooLarge) = (0, false)
    for size in sizes where !isTooLarge {
      (count, isTooLarge) = count.addingReportingOverflow(size)
    }
    let (byteCount, isOverflow) = count.multipliedReportingOverflow(
      by: MemoryLayout<Scalar>.stride)
    guard !isTooLarge, !isOverflow else {
      throw .outOfMemory(byteCount: .max)
    }
    return (count, byteCount)
  }
}

extension LazyScale {
  /// The scale after an update, and what the update does to the averages.
  func decayed(
    by decay: HyperparameterSchedule, after updateCount: Int
  ) throws(AdEMAMixError) -> (scale: LazyScale, update: Update) {
    let value = decay.value(at: updateCount)
    guard (0..<1).contains(value) else {
      throw .decayOutOfRange(value, updateCount: updateCount)
    }
    var scale = self
    let update = scale.decay(by: value, adding: 1 - value, folding: false)
    return (scale, update)
  }
}
