//===--- Double+Text.swift - numbers with a few digits --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

extension Double {
  /// The number with some significant digits and no trailing zeros, as C's `%g`
  /// prints it: 0.00123, 38, 1.2e-07.
  package func text(significant digits: Int) -> String {
    unsafe printed("%.\(digits)g")
  }

  /// The number with some digits behind the point.
  package func text(decimals: Int) -> String {
    unsafe printed("%.\(decimals)f")
  }

  /// The number in a format of C's `printf`.
  @unsafe
  private func printed(_ format: String) -> String {
    // The largest number has 309 digits before the point, which leaves room for
    // 40 behind it.
    unsafe withVaList([self]) { arguments in
      unsafe String(unsafeUninitializedCapacity: 352) { buffer in
        unsafe buffer.withMemoryRebound(to: CChar.self) { buffer in
          let count = unsafe vsnprintf(
            buffer.baseAddress, buffer.count, format, arguments)
          return min(max(0, Int(count)), buffer.count - 1)
        }
      }
    }
  }
}
