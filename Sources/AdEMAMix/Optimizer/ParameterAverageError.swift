//===--- ParameterAverageError.swift - why an average refused a call ------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Why a ``ParameterAverage`` refused a call.
///
/// A call that throws changes nothing: neither the average nor the caller's
/// memory.
public enum ParameterAverageError: Error, Sendable, Hashable {
  /// The schedule of the decay breaks a rule of its own.
  case invalidDecay(ScheduleError)
  /// The decay lies outside `0 ..< 1` after that many updates.
  case decayOutOfRange(Double, updateCount: Int)
  /// An average needs at least one thread.
  case threadCount(Int)
  /// The averages do not fit in memory.
  case outOfMemory(byteCount: Int)

  /// A flat buffer has another count than the average.
  case parameterCount(Int, expected: Int)
  /// The list of tensors has another count than the one averaged.
  case tensorCount(Int, expected: Int)
  /// A tensor has another count than the one averaged. Tensors are counted from
  /// 0.
  case tensorParameterCount(Int, expected: Int, tensor: Int)
  /// A buffer does not start at a multiple of the scalar's alignment. `tensor`
  /// is `nil` for a flat buffer.
  case misalignedBuffer(address: UInt, alignment: Int, tensor: Int?)
  /// The memory of two tensors overlaps.
  case overlappingTensors(Int, Int)

  /// The averages are in the model, and must be swapped back first.
  case isSwappedIn
  /// An update count outside `0 ... 2^53`.
  case updateCount(Int)
  /// A stored average has a scale outside `1/16 ... 1`.
  case scale(Double)
  /// A stored average has tensors of sizes that do not add up.
  case tensorSizes([Int], expectedCount: Int)
}

extension ParameterAverageError: CustomStringConvertible {
  /// The value that was given and the rule that it breaks.
  public var description: String {
    switch self {
    case .invalidDecay(let error):
      "the schedule of the decay has \(error)"
    case .decayOutOfRange(let value, let updateCount):
      "the decay is \(value) after \(updateCount) updates: it must lie in "
        + "0 ..< 1"
    case .threadCount(let count):
      "\(count) threads: there must be at least 1"
    case .outOfMemory(let byteCount):
      "there is no room for \(byteCount) bytes of averages"
    case .parameterCount(let count, let expected):
      "\(count) parameters: there must be \(expected)"
    case .tensorCount(let count, let expected):
      "\(count) tensors: there must be \(expected)"
    case .tensorParameterCount(let count, let expected, let tensor):
      "\(count) parameters in tensor \(tensor): there must be \(expected)"
    case .misalignedBuffer(let address, let alignment, let tensor):
      "\(tensor.map { "tensor \($0)" } ?? "the flat buffer") starts at address "
        + "\(address), which is no multiple of \(alignment)"
    case .overlappingTensors(let first, let second):
      "the memory of tensors \(first) and \(second) overlaps: they must lie "
        + "apart"
    case .isSwappedIn:
      "the averages are in the model: they must be swapped back first"
    case .updateCount(let count):
      "\(count) updates: there must be 0 to 2^53"
    case .scale(let scale):
      "the scale of a stored average is \(scale): it must lie in "
        + "1/16 ... 1"
    case .tensorSizes(let sizes, let expected):
      "tensors of sizes \(sizes): they must add up to \(expected)"
    }
  }
}

/// Errors are equal that say the same, so that one about a NaN equals itself.
extension ParameterAverageError {
  /// Whether both say the same.
  public static func == (left: Self, right: Self) -> Bool {
    left.description == right.description
  }

  /// Goes by what the error says.
  public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}
