//===--- StepDiagnostics+Description.swift - the table it prints as ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

extension StepDiagnostics: CustomStringConvertible {
  /// A table: a row for each group, and one for all where there are several.
  ///
  ///     step 1200, clip factor 0.731, 0 skipped
  ///     group     parameters   rate  gradient      m1  …  m2:m1  cosine
  ///     matrices      101632  0.001   0.00712  0.0034  …   1.34   0.412
  public var description: String {
    let head =
      "step \(stepCount), clip factor \(short(clipFactor)), "
      + "\(skippedStepCount) skipped"
    var table = [
      [
        "group", "parameters", "rate", "gradient", "m1", "m2", "nu", "update",
        "m2:m1", "cosine", "factor",
      ]
    ]
    for group in groups {
      table.append(
        [group.name, "\(group.measurement.count)", short(group.learningRate)]
          + cells(group.measurement))
    }
    if groups.count > 1 {
      table.append(["all", "\(total.count)", ""] + cells(total))
    }
    let widths = table[0].indices.map { column in
      table.map { $0[column].count }.max() ?? 0
    }
    let lines = table.map { row in
      row.indices.map { column in
        let cell = row[column]
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }
    return ([head] + lines).joined(separator: "\n")
  }

  private func cells(_ measured: Measurement) -> [String] {
    [
      measured.gradientRMS, measured.fastRMS, measured.slowRMS,
      measured.secondRMS, measured.updateRMS, measured.slowToFastRatio,
      measured.fastSlowCosine, measured.effectiveLearningRateFactor,
    ].map(short)
  }
}

/// Three significant digits, as C's `%.3g` writes them.
private func short(_ value: Double) -> String {
  // Room for the longest, "-1.23e-308".
  unsafe String(unsafeUninitializedCapacity: 16) { buffer in
    unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
      let length = unsafe withVaList([value]) {
        unsafe vsnprintf(characters.baseAddress, characters.count, "%.3g", $0)
      }
      return Int(length)
    }
  }
}
