//===--- GradientLimit.swift - the largest gradient the moments take in ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The largest magnitude L that the moments take in: a finite element beyond it
/// counts as L of its sign, so that everything a step computes stays finite.
///
/// m1, m2 and ν are averages, at most L, L and L², and what is stored of them
/// is at most 16 times as much, see ``LazyScale``. The largest of what comes
/// from them are
///
/// * in `Float` the squares that diagnostics add up, 8 of one moment at a time:
///   8·(16·L)² = 2^127 for L = 2^58; ν̃ is at most 2^120.
/// * in `Double` the squares of ν̃, of which they add up fewer than 2^53:
///   2^53·(16·L²)² = 2^1021 for L = 2^240.
///
/// Updates divide m1 and m2 by √ν, and stay what they would be without a limit:
/// the three are bounded together.
func gradientLimit<Scalar>(in _: Scalar.Type) -> Double {
  Scalar.self == Float.self ? 0x1p58 : 0x1p240
}

/// The largest magnitude that a sum of gradients and the next one have before
/// they are added: the sum of two such numbers is finite.
func accumulationLimit<Scalar: BinaryFloatingPoint>(
  in _: Scalar.Type
) -> Double {
  Double(Scalar.greatestFiniteMagnitude) / 2
}
