//===--- MatrixWork.swift - work on products, and its time ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Synchronization

/// The work of this process on matrix products, all threads together.
///
/// The difference of two readings tells the rate of the work between them. The
/// counters are global, so that no layer need pass them on.
package struct MatrixWork: Sendable {
  /// The number of multiplications and additions.
  package let operations: Int
  package let seconds: Double

  /// The work since the process started.
  package static func sinceStart() -> MatrixWork {
    MatrixWork(
      operations: operationCount.load(ordering: .relaxed),
      seconds: 1e-9 * Double(nanoseconds.load(ordering: .relaxed)))
  }

  package static func - (later: MatrixWork, earlier: MatrixWork) -> MatrixWork {
    MatrixWork(
      operations: later.operations - earlier.operations,
      seconds: later.seconds - earlier.seconds)
  }

  /// Operations a second of one thread that computes products.
  package var rate: Double { seconds > 0 ? Double(operations) / seconds : 0 }

  static func count(operations: Int, duration: Duration) {
    let nanoseconds = Int(duration / .nanoseconds(1))
    operationCount.wrappingAdd(operations, ordering: .relaxed)
    self.nanoseconds.wrappingAdd(nanoseconds, ordering: .relaxed)
  }

  private static let operationCount = Atomic(0)
  private static let nanoseconds = Atomic(0)
}
