//===--- CallOptions.swift - options and arguments of calls --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// The options of an optimizer, and the arguments that each of its calls gets.
@dynamicMemberLookup
package struct CallOptions: Sendable, Hashable {
  package var gradientScale = 1.0
  /// The weight of a call that is to be refused.
  package var weight = 1.0
  package var options = StepOptions()
  package var measuresDiagnostics = false

  /// Calls without options.
  package init() {}

  /// Calls without options, changed.
  package init(_ change: (inout CallOptions) -> Void) {
    change(&self)
  }

  /// An option.
  package subscript<Value>(
    dynamicMember path: WritableKeyPath<StepOptions, Value>
  ) -> Value {
    get { options[keyPath: path] }
    set { options[keyPath: path] = newValue }
  }
}
