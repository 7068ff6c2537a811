//===--- CollectiveCall.swift - what all ranks must call alike ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

/// A call that all ranks must make, with what they must give it alike.
enum CollectiveCall {
  case step
  case completeStep
  case discardAccumulatedGradients
  case broadcast(root: Int)
  case save
  /// The groups as they are to be, without the tensors that stay.
  case updateGroups([ParameterGroup])
  case dampSlowMoment(factor: Double, group: String?)
  case resetSlowMoment(group: String?)

  /// Its fields, such as `call.dampSlowMoment.factor`.
  var fields: FieldList { FieldList(of: Named(call: self)) }

  /// A number that differs where the fields do. That of a step takes no time.
  var digest: UInt64 {
    if case .step = self { 0 } else { fields.digest }
  }
}

/// Gives fields their first name.
private struct Named {
  let call: CollectiveCall
}

#endif
