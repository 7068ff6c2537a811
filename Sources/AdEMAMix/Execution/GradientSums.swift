//===--- GradientSums.swift - what is known of a gradient before the step -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The findings of a scan in neighbouring elements of a gradient.
struct GradientSums {
  /// The squares of the finite elements. A refused element counts with the
  /// gradients that have accumulated before.
  var squares = ReproducibleSum()
  /// The number of elements that the gradient makes other than finite.
  private(set) var refusedCount = 0
  private(set) var firstRefused: NonFiniteElement?
  /// 0, or infinite or NaN where a refused element is that.
  private var refusedSquares = 0.0
  /// 0, or infinite or NaN where an element was that before this gradient.
  private var spoiledSquares = 0.0

  /// Joins what was found in other elements.
  mutating func add(_ other: GradientSums) {
    squares.add(other.squares)
    refusedCount += other.refusedCount
    refusedSquares += other.refusedSquares
    spoiledSquares += other.spoiledSquares
    keepFirst(other.firstRefused)
  }

  /// The same sums, of elements whose indices are larger.
  func shifted(by offset: Int) -> GradientSums {
    var shifted = self
    shifted.firstRefused = firstRefused.map {
      NonFiniteElement(index: $0.index + offset, value: $0.value)
    }
    return shifted
  }

  /// The findings where refused elements count as 0.
  func withoutRefused() -> GradientSums {
    var rest = self
    rest.refusedCount = 0
    rest.refusedSquares = 0
    return rest
  }

  /// The Euclidean norm, with IEEE's answer for elements that are not finite.
  var norm: Double {
    let other = refusedSquares + spoiledSquares
    return other == 0 ? squares.squareRoot : other
  }

  /// Takes in elements one by one.
  ///
  /// - Parameters:
  ///   - count: The number of elements.
  ///   - first: The index of the first.
  ///   - element: The elements, counted from 0.
  mutating func add(
    count: Int, first: Int, element: (Int) -> ScannedElement
  ) {
    for index in 0..<count {
      let x = element(index)
      let kept = x.isRefused ? x.accumulated : x.total
      if kept.isFinite {
        let exponent = kept == 0 ? 0 : Int(kept.exponent)
        let significand = powerOfTwoScaled(kept, -exponent)
        squares.add(significand * significand, exponent: 2 * exponent)
      } else {
        spoiledSquares += kept * kept
      }
      if x.isRefused {
        refusedCount += 1
        refusedSquares += x.total.isNaN ? .nan : .infinity
        keepFirst(NonFiniteElement(index: first + index, value: x.total))
      }
    }
  }

  /// Takes in a scan of elements, none of which was other than finite before.
  ///
  /// - Parameters:
  ///   - scan: The findings. The first refused element is one of them, unless
  ///     one before is known.
  ///   - first: The index of the first element.
  mutating func add(_ scan: ademamix_scan, first: Int) {
    squares.add(scan.squares)
    guard scan.refused > 0 else { return }
    refusedCount += scan.refused
    refusedSquares += scan.has_nan ? .nan : .infinity
    if scan.finds_first {
      keepFirst(
        NonFiniteElement(index: first + scan.first, value: scan.first_value))
    }
  }

  private mutating func keepFirst(_ found: NonFiniteElement?) {
    if let found, found.index < firstRefused?.index ?? .max {
      firstRefused = found
    }
  }
}

extension GradientSums: ExchangedSum {
  /// The sum of squares, the count of refused elements, the index of the first,
  /// -1 without one, its value, and the two sums that are not finite or 0.
  mutating func pass(to words: inout SumWords) {
    squares.pass(to: &words)
    words.pass(count: &refusedCount)
    var index = firstRefused?.index ?? -1
    var value = firstRefused?.value ?? 0
    words.pass(&index)
    words.pass(&value)
    words.require(index >= -1)
    firstRefused =
      index < 0 ? nil : NonFiniteElement(index: index, value: value)
    words.pass(&refusedSquares)
    words.pass(&spoiledSquares)
  }
}
