//===--- ThrownError.swift - the error of a call, to be compared ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The error that a call throws, or `nil`.
package func thrownError<Failure: Error>(
  _ body: () throws(Failure) -> Void
) -> Failure? {
  do throws(Failure) {
    try body()
    return nil
  } catch {
    return error
  }
}
