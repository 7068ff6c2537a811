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
  case step(gradientScale: Double, diagnostics: Bool)
  case completeStep(diagnostics: Bool)
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
  /// The number of a step comes from its arguments without a list, since a step
  /// must not take the time that a list of fields does.
  var digest: UInt64 {
    guard case .step(let scale, let diagnostics) = self else {
      return fields.digest
    }
    return scale.bitPattern &+ (diagnostics ? 1 : 0)
  }
}

/// Begins the names of a call's fields with `call`.
private struct Named {
  let call: CollectiveCall
}

#endif
