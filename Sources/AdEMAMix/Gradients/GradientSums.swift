//===--- GradientSums.swift - what is known of a gradient before the step -===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An element that is NaN or infinite.
struct NonFiniteElement {
  /// Counted from the first element the sums are about.
  let index: Int
  let value: Double
}

/// What a survey finds in neighbouring elements of a gradient.
struct GradientSums {
  /// Of the finite elements, and of what has accumulated of the others.
  var squares = ReproducibleSum()
  var nonFiniteCount = 0
  /// NaN where an element is, infinite where one is that, or 0.
  var nonFiniteSquares = 0.0
  var firstNonFinite: NonFiniteElement?

  /// Joins what was found in other elements.
  mutating func add(_ other: GradientSums) {
    squares.add(other.squares)
    nonFiniteCount += other.nonFiniteCount
    nonFiniteSquares += other.nonFiniteSquares
    if let found = other.firstNonFinite,
      found.index < firstNonFinite?.index ?? .max
    {
      firstNonFinite = found
    }
  }

  /// The Euclidean norm, with IEEE's answer for elements that are not finite.
  var norm: Double {
    nonFiniteCount == 0 ? squares.squareRoot : nonFiniteSquares
  }

  /// Takes in the squares of some elements: as their sum, if it has lost
  /// nothing, one by one otherwise.
  ///
  /// - Parameters:
  ///   - sum: The sum in double precision.
  ///   - count: The number of elements.
  ///   - first: The index of the first.
  ///   - element: The elements, counted from 0: what has accumulated of each,
  ///     and the whole.
  mutating func add(
    squares sum: Double, count: Int, first: Int,
    element: (Int) -> (accumulated: Double, total: Double)
  ) {
    // Below this, squares may have been rounded to 0.
    if sum.isFinite && sum > 0x1p-900 { return squares.add(sum) }
    for index in 0..<count {
      let (accumulated, x) = element(index)
      // What is left where the gradient is taken as 0.
      let finite = x.isFinite ? x : accumulated
      if finite.isFinite {
        let exponent = finite == 0 ? 0 : Int(finite.exponent)
        let significand = powerOfTwoScaled(finite, -exponent)
        squares.add(significand * significand, exponent: 2 * exponent)
      }
      if !x.isFinite {
        nonFiniteCount += 1
        nonFiniteSquares += x * x
        let found = NonFiniteElement(index: first + index, value: x)
        if found.index < firstNonFinite?.index ?? .max {
          firstNonFinite = found
        }
      }
    }
  }
}
