//===--- LanguageModel.swift - the command --------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser

/// Trains a small GPT on characters, with AdamW and with AdEMAMix.
@main
struct LanguageModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "LanguageModel",
    abstract: "Trains a small GPT on characters, with AdamW and with AdEMAMix.",
    subcommands: [
      Train.self, Compare.self, Study.self, Rare.self, Storages.self,
      Memory.self, Ranks.self,
    ])
}
