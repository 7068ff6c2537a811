//===--- CollectiveCall.swift - what all ranks must call alike ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

/// A call that all ranks must make, with the arguments that must be the same on
/// all ranks.
///
/// Ranks compare calls by ``fields``, and so the names of cases and arguments
/// appear in errors.
enum CollectiveCall {
  case step
  case writeUpdate
  case openStep
  case completeStep
  case discardAccumulatedGradients
  case broadcast(root: Int)
  case save
  case load(kept: Int)
  case startAverage(decay: HyperparameterSchedule, openBLAS: String)
  case removeAverage
  case swapAverage
  case split
  case join
  case copy
  /// The edited groups. Tensors that an edit has not changed are left out.
  case updateGroups([ParameterGroup])
  case dampSlowMoment(factor: Double, group: String?)
  case resetSlowMoment(group: String?)
  case resetMoments(moments: Int, tensor: String, elements: Range<Int>?)

  /// The name and the arguments of the call, such as
  /// `call.dampSlowMoment.factor`.
  ///
  /// - Parameter arguments: The arguments that steps have, which are compared
  ///   after the name: ranks that make different calls are told so.
  /// - Returns: The fields to compare.
  func fields(_ arguments: StepArguments) -> FieldList {
    FieldList(of: Named(call: self, arguments: arguments))
  }

  /// A number that differs between calls whose fields differ.
  ///
  /// The number of a step comes without a list of fields.
  func digest(_ arguments: StepArguments) -> UInt64 {
    switch self {
    case .step: arguments.digest
    case .writeUpdate: ~arguments.digest
    default: fields(arguments).digest
    }
  }
}

/// Begins the names of a call's fields with `call` and `arguments`.
private struct Named {
  let call: CollectiveCall
  let arguments: StepArguments
}

#endif
