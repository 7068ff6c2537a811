//===--- AveragePass.swift - one walk over averages and parameters --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Where averaged parameters lie.
@unsafe enum AveragedMemory<Scalar> {
  /// All of them in one buffer.
  case flat(UnsafeMutablePointer<Scalar>)
  /// One buffer for each tensor.
  case separate(UnsafePointer<TensorBuffers<Scalar>>)
  /// The one tensor whose tiles are to be worked on.
  case single(UnsafeMutablePointer<Scalar>?)

  /// Parameters that are only read, as by an update.
  static func flat(reading parameters: UnsafePointer<Scalar>) -> Self {
    unsafe .flat(UnsafeMutablePointer(mutating: parameters))
  }

  /// A tensor that is only read.
  static func single(reading parameters: UnsafePointer<Scalar>?) -> Self {
    unsafe .single(parameters.map { unsafe UnsafeMutablePointer(mutating: $0) })
  }
}

/// What is done to averages and parameters whose memory has been checked.
///
/// Threads share it, each for tiles of its own.
@safe struct AveragePass<Scalar: OptimizerScalar>: @unchecked Sendable {
  /// What is done to a tile.
  enum Work {
    /// The averages take the parameters in.
    case update(LazyScale.Update)
    /// The averages are folded.
    case fold(Double)
    /// The averages are folded, and exchanged with the parameters.
    case swap(fold: Double)
  }

  let plan: TilePlan
  let averages: UnsafeMutablePointer<Scalar>
  let memory: AveragedMemory<Scalar>
  let work: Work

  /// Works on some tiles, in contiguous ranges that run side by side.
  ///
  /// A tile is far below the size at which OpenBLAS starts threads of its own.
  func run(tiles: Range<Int>, _ splitting: Splitting) {
    let tileCount = TilePlan.tileCount(of: Scalar.self)
    splitting.run(tiles) { tiles, _ in
      let routines = Scalar._routines
      for segment in plan.segments[plan.segments(in: tiles)] {
        guard let parameters = unsafe address(of: segment) else { continue }
        let elements = segment.elements(in: tiles, tileCount: tileCount)
        let averages = unsafe averages + segment.start
        var start = elements.lowerBound
        while start < elements.upperBound {
          let count = min(tileCount, elements.upperBound - start)
          unsafe run(
            routines, count, averages + start, parameters + start)
          start += count
        }
      }
    }
  }

  private func run(
    _ routines: _ScalarRoutines<Scalar>, _ count: Int,
    _ averages: UnsafeMutablePointer<Scalar>,
    _ parameters: UnsafeMutablePointer<Scalar>
  ) {
    switch work {
    case .update(let update):
      unsafe routines.takeIn(count, update, parameters, into: averages)
    case .fold(let factor):
      unsafe routines.fold(count, by: factor, averages)
    case .swap(let fold):
      unsafe routines.fold(count, by: fold, averages)
      unsafe routines.swap(count, averages, parameters)
    }
  }

  /// Where the parameters of a segment lie.
  private func address(of segment: Segment) -> UnsafeMutablePointer<Scalar>? {
    switch unsafe memory {
    case .flat(let parameters): unsafe parameters + segment.start
    case .separate(let tensors):
      unsafe tensors[segment.tensor].parameters.baseAddress
    case .single(let parameters): unsafe parameters
    }
  }
}
