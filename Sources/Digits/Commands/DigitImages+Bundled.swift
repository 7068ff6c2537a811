//===--- DigitImages+Bundled.swift - images beside the program ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Commands
import Foundation

extension DigitImages {
  /// The images that come with the program.
  static func bundled() throws -> DigitImages {
    try DigitImages(bytes(of: "\(Bundle.module.bundlePath)/digits.txt"))
  }
}
