//===--- CollectiveCall.swift - what all ranks must call alike ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
  case completeStep
  case discardAccumulatedGradients
  case broadcast(root: Int)
  case save
  /// The edited groups. Tensors that an edit has not changed are left out.
  case updateGroups([ParameterGroup])
  case dampSlowMoment(factor: Double, group: String?)
  case resetSlowMoment(group: String?)

  /// The name and the arguments of the call, such as
  /// `call.dampSlowMoment.factor`.
  var fields: FieldList { FieldList(of: Named(call: self)) }

  /// A number that differs between calls whose fields differ.
  ///
  /// The number of a step is a constant, since a step must not take the time
  /// that a list of fields does.
  var digest: UInt64 {
    if case .step = self { 0 } else { fields.digest }
  }
}

/// Begins the names of a call's fields with `call`.
private struct Named {
  let call: CollectiveCall
}

#endif
