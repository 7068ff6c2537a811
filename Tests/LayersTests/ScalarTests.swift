//===--- ScalarTests.swift - what layers compute with ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import Layers
import Testing

@Suite struct `The exponential in single precision` {
  @Test func `is right to 2 units in the last place`() {
    var worst = 0.0
    for index in -87_000...88_000 {
      let x = Float(index) / 1000
      let exact = exp(Double(x))
      let error = abs(Double(Float.exponential(x)) - exact)
      worst = max(worst, error / Double(Float(exact).ulp))
    }
    #expect(worst < 2)
  }

  @Test func `is monotone at its ends, and keeps NaN`() {
    #expect(Float.exponential(-1000) == Float.exponential(-87))
    #expect(Float.exponential(-.infinity) < 1e-37)
    #expect(Float.exponential(1000) > 1e38)
    #expect(Float.exponential(0) == 1)
    #expect(Float.exponential(.nan).isNaN)
  }
}

@Suite struct `Random numbers by their index` {
  @Test func `have the moments of their distributions`() {
    let random = CounterRandom(seed: 3, stream: 5)
    let count = 100_000
    let normal = (0..<count).map { random.normal(UInt64($0)) }
    let mean = normal.reduce(0, +) / Double(count)
    let square = normal.reduce(0) { $0 + $1 * $1 } / Double(count)
    #expect(abs(mean) < 0.015)
    #expect(abs(square - 1) < 0.025)
    var counts = [Int](repeating: 0, count: 10)
    for index in 0..<count { counts[random.below(10, UInt64(index))] += 1 }
    #expect(counts.allSatisfy { abs($0 - count / 10) < 500 })
  }

  @Test func `differ by seed, stream and index`() {
    var seen: Set<UInt64> = []
    for seed in 0..<20 {
      for stream in 0..<20 {
        let random = CounterRandom(seed: UInt64(seed), stream: UInt64(stream))
        for index in 0..<20 { seen.insert(random.bits(UInt64(index))) }
      }
    }
    #expect(seen.count == 8000)
  }
}

@Suite struct `A product of parts of matrices` {
  @Test func `is that of copies, and is counted`() {
    var view: Matrix<Float>?
    let arena = Arena<Float>(for: &view) { $0.matrix(12, 7) }
    guard let view else { return }
    for row in 0..<12 {
      for column in 0..<7 {
        unsafe view.row(row)[column] = Float(row * 3 + column * column) / 8
      }
    }
    let a = view.rows(0..<4).columns(1..<3)
    let b = view.rows(4..<8).columns(0..<2)
    let c = view.rows(8..<12).columns(2..<6)
    let before = MatrixWork.sinceStart()
    c.set(a, times: b.transposed, alpha: 2)
    #expect((MatrixWork.sinceStart() - before).operations >= 2 * 4 * 4 * 2)
    for i in 0..<4 {
      for j in 0..<4 {
        let expected = (0..<2).reduce(Float(0)) {
          unsafe $0 + 2 * a.row(i)[$1] * b.row(j)[$1]
        }
        #expect(unsafe c.row(i)[j] == expected)
      }
    }
    // The elements beside the part are left alone.
    #expect(unsafe view.row(8)[1] == Float(24 + 1) / 8)
    #expect(unsafe view.row(8)[6] == Float(24 + 36) / 8)
    withExtendedLifetime(arena) {}
  }
}
