//===--- AdEMAMixError.swift - what a caller can get wrong ----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Why an optimizer refused a call.
///
/// A call that throws changes nothing: neither the optimizer nor the caller's
/// memory.
public enum AdEMAMixError: Error, Sendable, Hashable {
  /// A hyperparameter lies outside its range. `scheduleCount` is the count at
  /// which its schedule gave the value.
  case hyperparameterOutOfRange(
    HyperparameterName, value: Double, group: String, scheduleCount: Int)
  /// A schedule breaks a rule of its own.
  case invalidSchedule(ScheduleError, of: HyperparameterName, group: String)
  /// epsilon and epsilonRoot are both 0 in the optimizer's scalar type. A
  /// parameter whose gradients were all 0 would become NaN.
  case noEpsilon(group: String)
  /// The hyperparameters are in range, but a product of them, such as
  /// learningRate·alpha, is infinite in the optimizer's scalar type.
  case coefficientOverflow(group: String, scheduleCount: Int)

  /// A moment cannot be stored in this format.
  case unsuitableFormat(MomentFormat, MomentName, group: String)
  /// Moments are stored in fewer bits than their scalar type for `Float` alone.
  case storageNeedsFloat(group: String)
  /// Only the `fused` engine works on moments in fewer bits, and on gradients
  /// in bfloat16, for which `group` is `nil`.
  case storageNeedsFusedEngine(Engine, group: String?)

  /// An option of a step lies outside its range.
  case optionOutOfRange(StepOptionName, value: Double)
  /// The schedule of the number of micro-batches breaks a rule.
  case invalidAccumulation(ScheduleError)
  /// A gradient has this element, counted in its tensor and added to what has
  /// accumulated before, and ``NonFinitePolicy/throw`` refuses it. A finite
  /// value is one that scaling or accumulation takes out of the scalar type's
  /// range.
  case nonFiniteGradient(value: Double, index: Int, tensor: String)
  /// Another gradient is not finite, after as many calls in a row were skipped
  /// for that as ``NonFinitePolicy/skipStep(limit:)`` allows.
  case tooManySkippedSteps(limit: Int)
  /// There is no step to complete: no gradient has accumulated for it.
  case nothingAccumulated

  /// No group has this name.
  case unknownGroup(String)
  /// A group's name and tensors stay what they are.
  case groupIdentityChanged(String)
  /// Two groups have this name.
  case duplicateGroup(String)
  /// Two tensors have this name.
  case duplicateTensor(String)
  /// The tensors of a stored layout, or of a model, are not those of the
  /// groups.
  case tensorOrder([String])
  /// A group that labels tensors must not have tensors of its own.
  case groupNotEmpty(String)
  /// The size of a tensor's dimension is negative.
  case negativeTensorSize(Int, tensor: String)
  /// With this tensor the elements are more than a layout has, which is
  /// ``ParameterLayout/largestCount``. Sizes other than 0 count, even
  /// beside one of 0.
  case tooManyElements(tensor: String)
  /// The moments, or the sum of accumulated gradients, do not fit in memory.
  case outOfMemory(byteCount: Int)
  /// A shard must lie within the flat index space.
  case shardOutOfRange(Range<Int>, count: Int)
  /// An optimizer needs at least one thread.
  case threadCount(Int)

  /// A flat buffer of parameters has another count than the shard.
  case parameterCount(Int, expected: Int)
  /// A flat buffer of gradients has another count than the shard.
  case gradientCount(Int, expected: Int)
  /// A copy of the parameters in bfloat16 has another count than the shard.
  case copyCount(Int, expected: Int)
  /// The list of tensors has another count than the layout.
  case tensorCount(Int, expected: Int)
  /// A tensor's buffer of parameters has the wrong count.
  case tensorParameterCount(Int, expected: Int, tensor: String)
  /// A tensor's buffer of gradients has the wrong count.
  case tensorGradientCount(Int, expected: Int, tensor: String)
  /// A buffer does not start at a multiple of the scalar's alignment. `tensor`
  /// is `nil` for a flat buffer.
  case misalignedBuffer(address: UInt, alignment: Int, tensor: String?)
  /// The flat buffers of parameters and gradients overlap.
  case overlappingBuffers
  /// The memory of these tensors overlaps: parameters must lie apart from
  /// gradients and other parameters. The names are equal where it is a
  /// tensor's own gradient.
  case overlappingTensors(String, String)

  /// A step count outside `0 ... 2^53`. `group` is `nil` for the optimizer's
  /// own.
  case stepCount(Int, group: String?)
  /// A moment has taken part in more steps than the optimizer has completed.
  case momentStepCount(MomentName, Int, stepCount: Int, group: String)
  /// Moments were given for another number of groups.
  case momentGroupCount(Int, expected: Int)
  /// Moments of a group have the wrong count.
  case momentCount(MomentName, Int, expected: Int, group: String)
  /// A second moment is negative.
  case invalidSecondMoment(value: Double, index: Int, group: String)
  /// A stored scale of a moment outside 1/16 ... 1, or of a slow one, which may
  /// have been damped, outside 2^-1022 ... 1.
  case momentScale(Double, group: String)
  /// A factor of the slow moment outside 0 ... 1.
  case dampingFactor(Double)
}

extension AdEMAMixError: CustomStringConvertible {
  /// The value that was given and the rule that it breaks.
  public var description: String {
    switch self {
    case .hyperparameterOutOfRange(let name, let value, let group, let count):
      "\(name) is \(value) in group '\(group)' at schedule count \(count): "
        + "it must \(name.rule)"
    case .invalidSchedule(let error, let name, let group):
      "the schedule of \(name) in group '\(group)' has \(error)"
    case .noEpsilon(let group):
      "epsilon and epsilonRoot are both 0 in group '\(group)': one must be "
        + "positive in the optimizer's scalar type"
    case .coefficientOverflow(let group, let count):
      "products of the hyperparameters of group '\(group)' at schedule count "
        + "\(count) are infinite in the optimizer's scalar type"
    case .unsuitableFormat(let format, let moment, let group):
      "the \(moment) moment of group '\(group)' cannot be stored as \(format)"
    case .storageNeedsFloat(let group):
      "group '\(group)' stores moments in fewer bits: its parameters must be "
        + "Float"
    case .storageNeedsFusedEngine(let engine, let group):
      "\(group.map { "moments of group '\($0)' in fewer bits" } ?? "gradients and copies in bfloat16") "
        + "need the fused engine: it is \(engine)"
    case .optionOutOfRange(let name, let value):
      "\(name) is \(value): it must \(name.rule)"
    case .invalidAccumulation(let error):
      "the schedule of the number of micro-batches has \(error)"
    case .nonFiniteGradient(let value, let index, let tensor):
      "element \(index) of the gradient of tensor '\(tensor)' is \(value): it "
        + (value.isFinite
          ? "must stay in the range of the scalar type once it is scaled and "
            + "accumulated" : "must be finite")
    case .tooManySkippedSteps(let limit):
      "the gradient is not finite, after \(limit) calls in a row were skipped"
    case .nothingAccumulated:
      "no gradient has accumulated: a step is completed with at least one"
    case .unknownGroup(let name):
      "no group is called '\(name)'"
    case .groupIdentityChanged(let name):
      "the name and tensors of group '\(name)' must stay what they are"
    case .duplicateGroup(let name):
      "'\(name)' names two groups"
    case .duplicateTensor(let name):
      "'\(name)' names two tensors"
    case .tensorOrder(let names):
      "the tensors \(names) are not those of the groups"
    case .groupNotEmpty(let name):
      "group '\(name)' labels tensors, so it must have none of its own"
    case .negativeTensorSize(let size, let tensor):
      "tensor '\(tensor)' has a dimension of \(size): it must be at least 0"
    case .tooManyElements(let tensor):
      "with tensor '\(tensor)' the layout has more than 2^48 elements, the sizes "
        + "beside one of 0 multiplied too"
    case .outOfMemory(let byteCount):
      "there is no room for \(byteCount) bytes of state"
    case .shardOutOfRange(let shard, let count):
      "shard \(shard) lies outside the \(count) elements of the layout"
    case .threadCount(let count):
      "\(count) threads: there must be at least 1"
    case .parameterCount(let count, let expected):
      "\(count) parameters: there must be \(expected)"
    case .gradientCount(let count, let expected):
      "\(count) gradients: there must be \(expected)"
    case .copyCount(let count, let expected):
      "the copy has \(count) elements: there must be \(expected)"
    case .tensorCount(let count, let expected):
      "\(count) tensors: there must be \(expected)"
    case .tensorParameterCount(let count, let expected, let tensor):
      "\(count) parameters in tensor '\(tensor)': there must be \(expected)"
    case .tensorGradientCount(let count, let expected, let tensor):
      "\(count) gradients in tensor '\(tensor)': there must be \(expected)"
    case .misalignedBuffer(let address, let alignment, let tensor):
      "\(place(tensor)) starts at address \(address), which is no multiple of "
        + "\(alignment)"
    case .overlappingBuffers:
      "the flat buffers overlap: parameters must lie apart from gradients"
    case .overlappingTensors(let first, let second):
      "the memory of tensors '\(first)' and '\(second)' overlaps: parameters "
        + "must lie apart from gradients and other parameters"
    case .stepCount(let count, let group):
      "\(count) steps\(group.map { " of group '\($0)'" } ?? ""): there must be "
        + "0 to 2^53"
    case .momentStepCount(let moment, let count, let stepCount, let group):
      "the \(moment) moment of group '\(group)' has taken part in \(count) steps: "
        + "the optimizer has completed \(stepCount)"
    case .momentGroupCount(let count, let expected):
      "moments of \(count) groups: there must be \(expected)"
    case .momentCount(let moment, let count, let expected, let group):
      "\(count) elements in the \(moment) moment of group '\(group)': there "
        + "must be \(expected)"
    case .invalidSecondMoment(let value, let index, let group):
      "element \(index) of the second moment of group '\(group)' is \(value): "
        + "it must be at least 0"
    case .momentScale(let scale, let group):
      "a moment of group '\(group)' has a scale of \(scale): it must lie in "
        + "1/16 ... 1, or that of the slow moment in 2^-1022 ... 1"
    case .dampingFactor(let factor):
      "the slow moment damped by \(factor): it must lie in 0 ... 1"
    }
  }

  private func place(_ tensor: String?) -> String {
    tensor.map { "tensor '\($0)'" } ?? "the flat buffer"
  }
}

/// Errors are equal that say the same, so that one about a NaN equals itself.
extension AdEMAMixError {
  /// Whether both say the same.
  public static func == (left: Self, right: Self) -> Bool {
    left.description == right.description
  }

  /// Goes by what the error says.
  public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}
