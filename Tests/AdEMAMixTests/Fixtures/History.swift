//===--- History.swift - what a run went through, beside the truth --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

/// The parameters and moments of a run, flat, one array for each recorded step.
struct History<Scalar: OptimizerScalar> {
  var parameters: [[Scalar]] = []
  var m1: [[Scalar]] = []
  var m2: [[Scalar]] = []
  var nu: [[Scalar]] = []

  /// Adds the present state. Moments that there are none of are left out.
  mutating func record(
    _ parameters: [Scalar], _ optimizer: borrowing AdEMAMix<Scalar>
  ) {
    let (layout, moments) = (optimizer.layout, optimizer.copyMoments())
    self.parameters.append(parameters)
    m1.append(layout.flattened(moments.map(\.fast)))
    m2.append(layout.flattened(moments.map(\.slow)))
    nu.append(layout.flattened(moments.map(\.second)))
  }
}

extension ParameterLayout {
  /// Moments of each group in the order of the flat index space.
  fileprivate func flattened<Scalar>(_ groups: [[Scalar]]) -> [Scalar] {
    var taken = [Int](repeating: 0, count: groups.count)
    return tensors.flatMap { tensor in
      let start = taken[tensor.group]
      taken[tensor.group] += tensor.range.count
      return groups[tensor.group].isEmpty
        ? [] : Array(groups[tensor.group][start..<taken[tensor.group]])
    }
  }
}

/// Equal to 1e-12, but for a rounding error of the sums that a small number is
/// the difference of.
func expectEqual(
  _ ours: [Double], _ expected: [Double], _ comment: Comment? = nil
) {
  #expect(ours.count == expected.count, comment)
  let scale = expected.reduce(0) { max($0, abs($1)) }
  let areEqual = zip(ours, expected).allSatisfy {
    abs($0 - $1) <= 1e-12 * abs($1) + 1e-14 * scale + .leastNormalMagnitude
  }
  #expect(areEqual, comment)
}

/// The Euclidean distance over all recorded steps, of elements in `part`.
func distance(
  _ values: [[Float]], _ exact: [Numbers<Double>], _ part: Range<Int>? = nil
) -> Double {
  zip(values, exact).reduce(0) { sum, record in
    let part = part ?? record.0.indices
    return zip(record.0[part], record.1.values[part]).reduce(sum) {
      let difference = Double($1.0) - $1.1
      return $0 + difference * difference
    }
  }.squareRoot()
}
