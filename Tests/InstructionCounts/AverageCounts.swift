//===--- AverageCounts.swift - updates of an average of weights -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport

/// Counts updates of averages, on one thread with the widest instruction set:
/// that of callgrind is AVX2.
enum AverageCounts {
  private static let parameterCount = 1000

  /// The updates that a figure is the mean of. None folds the averages.
  private static let calls = 16

  static func count() throws {
    try count("Float, decay .999", decay: 0.999)
    // Steps below the last digit are rounded by a kernel.
    try count("Float, decay .99999", decay: 0.99999)
    try countDouble()
  }

  private static func count(_ name: String, decay: Double) throws {
    let parameters: [Float] = sample(parameterCount, 1)
    var average = try ParameterAverage(
      of: parameters, decay: .constant(decay), threads: 1)
    try InstructionCounter.count("average \(name)", calls: calls) {
      try average.update(with: parameters)
    }
  }

  private static func countDouble() throws {
    let parameters: [Double] = sample(parameterCount, 1)
    var average = try ParameterAverage(of: parameters, decay: 0.999, threads: 1)
    try InstructionCounter.count("average Double, decay .999", calls: calls) {
      try average.update(with: parameters)
    }
  }
}
