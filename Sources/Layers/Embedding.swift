//===--- Embedding.swift - a row of a table for each index ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A table of vectors, one for each symbol or position.
package struct Embedding: Sendable, Hashable {
  private let table: Parameter

  /// Reserves `name`, count × size.
  package init(
    _ name: String, count: Int, size: Int, deviation: Double,
    in plan: inout ParameterPlan
  ) {
    table = plan.parameter(
      name, shape: [count, size], .normal(deviation: deviation))
  }

  /// Each row of y ← the vector of its index, or y + the vector if `adding`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func forward<Scalar>(
    _ indices: [Int32], into y: Matrix<Scalar>,
    adding: Bool = false, _ memory: ParameterMemory<Scalar>
  ) {
    let table = memory.value(self.table)
    precondition(indices.count == y.rows && y.columns == table.columns)
    for (row, index) in indices.enumerated() {
      let vector = unsafe table.rows(checked(index)).start
      if adding {
        unsafe Scalar.axpy(y.columns, 1, vector, y.row(row))
      } else {
        unsafe y.row(row).update(from: vector, count: y.columns)
      }
    }
  }

  /// Adds to the gradient of the table.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func backward<Scalar>(
    _ dy: Matrix<Scalar>, _ indices: [Int32],
    _ memory: ParameterMemory<Scalar>
  ) {
    let table = memory.gradient(self.table)
    precondition(indices.count == dy.rows && dy.columns == table.columns)
    for (row, index) in indices.enumerated() {
      let vector = unsafe table.rows(checked(index)).start
      unsafe Scalar.axpy(dy.columns, 1, dy.row(row), vector)
    }
  }

  /// The row of an index. The table refuses a row that it does not have.
  private func checked(_ index: Int32) -> Range<Int> {
    Int(index)..<Int(index) + 1
  }
}
