//===--- Problem.swift - least squares with a known answer ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import CLAPACKE
import COpenBLAS
import Glibc

/// The problem to minimise |Ax - b|² / (2·rows) over x, with the exact answer
/// from LAPACK.
///
/// A = √rows·U·S·Vᵀ has random singular vectors, so that they are not along the
/// coordinates, and singular values from 1 to 1/condition in equal ratios.
/// b = A·z + noise, with z and the noise from the normal distribution.
struct Problem {
  let rows, columns: Int
  /// The x at the minimum.
  let answer: [Double]
  /// The elements of A, row by row.
  private let matrix: [Double]
  private let target: [Double]

  /// The routine of LAPACK that failed, and its error code.
  struct Failure: Error, CustomStringConvertible {
    let routine: String
    let info: Int32

    var description: String { "LAPACK's \(routine) failed with info \(info)" }
  }

  /// A problem with at least as many rows as columns. `condition` is the
  /// largest singular value over the smallest, and `noise` the standard
  /// deviation of the noise in b.
  init(
    rows: Int, columns: Int, condition: Double, noise: Double,
    seed: Int
  ) throws(Failure) {
    self.rows = rows
    self.columns = columns
    var random = LAPACKRandom(seed: seed, stream: .problem)
    let left = try orthonormal(random.normal(rows * columns), rows, columns)
    var right = try orthonormal(
      random.normal(columns * columns), columns, columns)
    for row in 0..<columns {
      let exponent = Double(row) / Double(max(1, columns - 1))
      let value = Double(rows).squareRoot() * pow(condition, -exponent)
      for column in 0..<columns { right[row * columns + column] *= value }
    }
    var matrix = [Double](repeating: 0, count: rows * columns)
    unsafe cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows),
      blasint(columns), blasint(columns), 1, left, blasint(columns), right,
      blasint(columns), 0, &matrix, blasint(columns))
    var target = random.normal(rows).map { noise * $0 }
    let solution = random.normal(columns)
    unsafe cblas_dgemv(
      CblasRowMajor, CblasNoTrans, blasint(rows), blasint(columns), 1, matrix,
      blasint(columns), solution, 1, 1, &target, 1)
    self.matrix = matrix
    self.target = target
    answer = try minimiser(matrix, target, rows, columns)
  }

  /// The relative distance to the answer, |x - answer| / |answer|.
  func distance(_ x: [Double]) -> Double {
    let difference = zip(x, answer).map { $0 - $1 }
    return unsafe cblas_dnrm2(blasint(columns), difference, 1)
      / cblas_dnrm2(blasint(columns), answer, 1)
  }

  /// Writes the gradient of the loss of some rows, and returns the loss: half
  /// the mean of their squared residuals.
  func loss(
    _ x: [Double], rows: Range<Int>, gradient: inout [Double]
  ) -> Double {
    var residual = Array(target[rows])
    let count = blasint(rows.count)
    let columns = blasint(columns)
    return unsafe matrix.withUnsafeBufferPointer { matrix in
      let block = unsafe matrix.baseAddress.map {
        unsafe $0 + rows.lowerBound * self.columns
      }
      unsafe cblas_dgemv(
        CblasRowMajor, CblasNoTrans, count, columns, 1, block, columns, x, 1,
        -1, &residual, 1)
      unsafe cblas_dgemv(
        CblasRowMajor, CblasTrans, count, columns, 1 / Double(count), block,
        columns, residual, 1, 0, &gradient, 1)
      return unsafe cblas_ddot(count, residual, 1, residual, 1)
        / Double(2 * count)
    }
  }
}

/// The orthonormal factor of the QR factorization of a matrix.
private func orthonormal(
  _ matrix: [Double], _ rows: Int, _ columns: Int
) throws(Problem.Failure) -> [Double] {
  var matrix = matrix
  var factors = [Double](repeating: 0, count: columns)
  let (m, n) = (Int32(rows), Int32(columns))
  var info = unsafe LAPACKE_dgeqrf(
    LAPACK_ROW_MAJOR, m, n, &matrix, n, &factors)
  guard info == 0 else { throw Problem.Failure(routine: "dgeqrf", info: info) }
  info = unsafe LAPACKE_dorgqr(
    LAPACK_ROW_MAJOR, m, n, n, &matrix, n, factors)
  guard info == 0 else { throw Problem.Failure(routine: "dorgqr", info: info) }
  return matrix
}

/// The least-squares solution by `dgels`. A QR factorization does not square
/// the condition as the normal equations would.
private func minimiser(
  _ matrix: [Double], _ target: [Double], _ rows: Int, _ columns: Int
) throws(Problem.Failure) -> [Double] {
  var (matrix, solution) = (matrix, target)
  let info = unsafe LAPACKE_dgels(
    LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "N")), Int32(rows), Int32(columns), 1,
    &matrix, Int32(columns), &solution, 1)
  guard info == 0 else { throw Problem.Failure(routine: "dgels", info: info) }
  return Array(solution.prefix(columns))
}
