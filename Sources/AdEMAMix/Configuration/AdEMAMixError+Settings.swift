//===--- AdEMAMixError+Settings.swift - settings that are refused --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMixError {
  /// A hyperparameter lies outside its range. `scheduleCount` is the count at
  /// which its schedule gave the value.
  package static func hyperparameterOutOfRange(
    _ name: HyperparameterName, value: Double, group: String,
    scheduleCount count: Int
  ) -> Self {
    AdEMAMixError(
      .invalidHyperparameter,
      "\(name) is \(value) in group '\(group)' at schedule count \(count): "
        + "it must \(name.rule)", group: group, value: value)
  }

  /// A schedule breaks a rule of its own.
  package static func invalidSchedule(
    _ error: ScheduleError, of name: HyperparameterName, group: String
  ) -> Self {
    AdEMAMixError(
      .invalidHyperparameter,
      "the schedule of \(name) in group '\(group)' has \(error)", group: group)
  }

  /// ``ParameterGroup/directionLimit`` is not above 0.
  package static func directionLimit(
    _ limit: Double, group: String
  ) -> Self {
    AdEMAMixError(
      .invalidHyperparameter,
      "directionLimit is \(limit) in group '\(group)': it must be above 0",
      group: group, value: limit)
  }

  /// epsilon and epsilonRoot are both 0 in the optimizer's scalar type. A
  /// parameter whose gradients were all 0 would become NaN.
  package static func noEpsilon(
    group: String
  ) -> Self {
    AdEMAMixError(
      .invalidHyperparameter,
      "epsilon and epsilonRoot are both 0 in group '\(group)': one must be "
        + "positive in the optimizer's scalar type", group: group)
  }

  /// The hyperparameters are in range, but a product of them, such as
  /// learningRate·alpha, is infinite in the optimizer's scalar type.
  package static func coefficientOverflow(
    group: String, scheduleCount count: Int
  ) -> Self {
    AdEMAMixError(
      .invalidHyperparameter,
      "products of the hyperparameters of group '\(group)' at schedule count "
        + "\(count) are infinite in the optimizer's scalar type", group: group)
  }

  /// A moment cannot be stored in this format.
  package static func unsuitableFormat(
    _ format: MomentFormat, _ moment: MomentName, group: String
  ) -> Self {
    AdEMAMixError(
      .unsupportedStorage,
      "the \(moment) moment of group '\(group)' cannot be stored as \(format)",
      group: group)
  }

  /// Moments are stored in fewer bits than their scalar type for `Float` alone.
  package static func storageNeedsFloat(
    group: String
  ) -> Self {
    AdEMAMixError(
      .unsupportedStorage,
      "group '\(group)' stores moments in fewer bits: its parameters must be "
        + "Float", group: group)
  }

  /// Weights are split for `Float` alone.
  package static var splitWeightsNeedFloat: Self {
    AdEMAMixError(
      .unsupportedStorage, "weights can be split if they are Float alone")
  }

  /// A call has weights of another form than the optimizer.
  package static func weightFormat(
    isSplit: Bool, expected: WeightFormat
  ) -> Self {
    AdEMAMixError(
      .unsuitableMemory,
      "the call has weights in \(isSplit ? "bfloat16" : "the scalar type"): "
        + "the optimizer was made for weights of the form \(expected)")
  }

  /// Only the `fused` engine works on moments in fewer bits, and on weights and
  /// gradients in bfloat16, for which `group` is `nil`.
  package static func storageNeedsFusedEngine(
    _ engine: StepEngine, group: String?
  ) -> Self {
    AdEMAMixError(
      .unsupportedStorage,
      "\(group.map { "moments of group '\($0)' in fewer bits" } ?? "weights, gradients and copies in bfloat16") "
        + "need the fused engine: it is \(engine)", group: group)
  }

  /// An option of a step lies outside its range.
  package static func optionOutOfRange(
    _ name: StepOptionName, value: Double
  ) -> Self {
    AdEMAMixError(
      .invalidOption,
      "\(name) is \(value): it must \(name.rule)", value: value)
  }

  /// The schedule of the number of micro-batches breaks a rule.
  package static func invalidAccumulation(
    _ error: ScheduleError
  ) -> Self {
    AdEMAMixError(
      .invalidOption,
      "the schedule of the number of micro-batches has \(error)")
  }

  /// A gradient has this element, counted in its tensor and added to what has
  /// accumulated before, and ``NonFinitePolicy/throw`` refuses it. A finite
  /// value is one that scaling or accumulation takes out of the scalar type's
  /// range.
  package static func nonFiniteGradient(
    value: Double, index: Int, tensor: String
  ) -> Self {
    AdEMAMixError(
      .nonFiniteGradient,
      "element \(index) of the gradient of tensor '\(tensor)' is \(value): it "
        + (value.isFinite
          ? "must stay in the range of the scalar type once it is scaled and "
            + "accumulated" : "must be finite"),
      tensor: tensor, index: index, value: value)
  }

  /// Another gradient is not finite, after as many calls in a row were skipped
  /// for that as ``NonFinitePolicy/skipStep(limit:)`` allows.
  package static func tooManySkippedSteps(
    limit: Int
  ) -> Self {
    AdEMAMixError(
      .tooManySkippedSteps,
      "the gradient is not finite, after \(limit) calls in a row were skipped",
      value: Double(limit))
  }

  /// There is no step to complete: no gradient has accumulated for it.
  package static var nothingAccumulated: Self {
    AdEMAMixError(
      .nothingAccumulated,
      "no gradient has accumulated: a step is completed with at least one")
  }

  /// No group has this name.
  package static func unknownGroup(
    _ name: String
  ) -> Self {
    AdEMAMixError(
      .unknownGroup,
      "no group is called '\(name)'", group: name)
  }

  /// Something that needs the gradient of all tensors does not go with a step
  /// that takes them one by one.
  package static func openStep(_ setting: String) -> Self {
    AdEMAMixError(
      .invalidOption,
      "an open step, which updates a tensor before it has seen the others, does "
        + "not go with \(setting): it goes with clipping by value or by block "
        + "and the policies propagate and zeroElements")
  }

  /// An open step got a tensor a second time.
  package static func updatedTwice(_ tensor: String) -> Self {
    AdEMAMixError(
      .invalidArgument,
      "the open step has updated tensor '\(tensor)' already", tensor: tensor)
  }

  /// A step that was open has ended without a gradient for some tensors.
  package static func missingGradients(_ tensors: [String]) -> Self {
    let shown = tensors.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
    let rest = tensors.count > 5 ? " and \(tensors.count - 5) more" : ""
    return AdEMAMixError(
      .wrongCount,
      "the open step has ended without a gradient for \(shown)\(rest)",
      tensor: tensors.first, value: Double(tensors.count))
  }

  /// A call of an open step came after the step had ended.
  package static var stepHasEnded: Self {
    AdEMAMixError(.invalidArgument, "the open step has ended")
  }

  /// No tensor has this name.
  package static func unknownTensor(
    _ name: String
  ) -> Self {
    AdEMAMixError(
      .unknownTensor,
      "no tensor is called '\(name)'", tensor: name)
  }

  /// A range of elements does not lie in the tensor.
  package static func elementsOutOfTensor(
    _ elements: Range<Int>, tensor: String, count: Int
  ) -> Self {
    AdEMAMixError(
      .invalidArgument,
      "elements \(elements) of tensor '\(tensor)': they must lie in "
        + "0 ..< \(count)", tensor: tensor)
  }

  /// A group's name and tensors stay what they are.
  package static func groupIdentityChanged(
    _ name: String
  ) -> Self {
    AdEMAMixError(
      .invalidLayout,
      "the name and tensors of group '\(name)' must stay what they are",
      group: name)
  }

  /// Two groups have this name.
  package static func duplicateGroup(
    _ name: String
  ) -> Self {
    AdEMAMixError(
      .invalidLayout,
      "'\(name)' names two groups", group: name)
  }

  /// Two tensors have this name.
  package static func duplicateTensor(
    _ name: String
  ) -> Self {
    AdEMAMixError(
      .invalidLayout,
      "'\(name)' names two tensors", tensor: name)
  }

  /// The tensors of a stored layout, or of a model, are not those of the
  /// groups.
  package static func tensorOrder(
    _ names: [String]
  ) -> Self {
    AdEMAMixError(
      .invalidLayout,
      "the tensors \(names) are not those of the groups")
  }

  /// A group that labels tensors must not have tensors of its own.
  package static func groupNotEmpty(
    _ name: String
  ) -> Self {
    AdEMAMixError(
      .invalidLayout,
      "group '\(name)' labels tensors, so it must have none of its own",
      group: name)
  }

  /// The size of a tensor's dimension is negative.
  package static func negativeTensorSize(
    _ size: Int, tensor: String
  ) -> Self {
    AdEMAMixError(
      .invalidLayout,
      "tensor '\(tensor)' has a dimension of \(size): it must be at least 0",
      tensor: tensor, value: Double(size))
  }

  /// With this tensor the elements are more than a layout has, which is
  /// ``ParameterLayout/largestCount``. Sizes other than 0 count, even
  /// beside one of 0.
  package static func tooManyElements(
    tensor: String
  ) -> Self {
    AdEMAMixError(
      .invalidLayout,
      "with tensor '\(tensor)' the layout has more than 2^48 elements, the sizes "
        + "beside one of 0 multiplied too", tensor: tensor)
  }

  /// The moments, or the sum of accumulated gradients, do not fit in memory.
  package static func outOfMemory(
    byteCount: Int
  ) -> Self {
    AdEMAMixError(
      .outOfMemory,
      "there is no room for \(byteCount) bytes of state",
      value: Double(byteCount))
  }

  /// A shard must lie within the flat index space.
  package static func shardOutOfRange(
    _ shard: Range<Int>, count: Int
  ) -> Self {
    AdEMAMixError(
      .invalidLayout,
      "shard \(shard) lies outside the \(count) elements of the layout")
  }

  /// An optimizer needs at least one thread.
  package static func threadCount(
    _ count: Int
  ) -> Self {
    AdEMAMixError(
      .invalidArgument,
      "\(count) threads: there must be at least 1", value: Double(count))
  }
}
