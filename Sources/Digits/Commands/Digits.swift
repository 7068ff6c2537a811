//===--- Digits.swift - the command ---------------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser

/// Trains a multilayer perceptron to recognise handwritten digits.
@main
struct Digits: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Digits",
    abstract: "AdamW and AdEMAMix on 1,797 images of handwritten digits.",
    subcommands: [Compare.self, Study.self], defaultSubcommand: Compare.self)
}
