//===--- Guidance.swift - the command -------------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Foundation
import Plots
import Studies

/// Shows the results of the study of hyperparameters.
@main
struct Guidance: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Guidance",
    abstract: "Tables and pictures of the study of hyperparameters.",
    discussion: """
      Reads the tables of 'LanguageModel study' and 'Digits study', by default \
      those of the committed study, and compares AdamW, AdEMAMix and the \
      hyperparameters that the library suggests.
      """)

  @Option(help: "The table of the language model. (default: the committed one)")
  var languageModel: String?
  @Option(help: "The table of the digits. (default: the committed one)")
  var digits: String?
  @Flag(help: "Also print the mean loss of each combination that was tried.")
  var list = false
  @Option(help: "The folder for pictures.")
  var output = "Plots/Guidance"

  func run() throws {
    let tasks = [
      try task("Language model", languageModel, "language-model"),
      try task("Digits", digits, "digits"),
    ]
    // The rates of the study of warm-ups.
    let rates = [0.005, 0.004]
    let folder = try OutputFolder(output)
    let names = ["language-model", "digits"]
    for ((task, name), rate) in zip(zip(tasks, names), rates) {
      print(task.table + "\n")
      for table in [
        task.search.beta3Table, task.search.alphaTable,
        task.search.warmupTable(6_000, alpha: 5, rate: rate),
      ] {
        print("\(task.title), search, beside AdamW:\n\n\(table)\n")
      }
      if list { print(task.search.list + "\n") }
      try folder.write("guidance-\(name).svg", task.chart.svg())
    }
    print("Pictures are in \(folder.path).")
  }

  private func task(
    _ title: String, _ path: String?, _ name: String
  ) throws -> Task {
    let path = path ?? "\(Bundle.module.bundlePath)/\(name).csv"
    let text = String(decoding: try bytes(of: path), as: UTF8.self)
    return Task(title, try StudyTable(text, path: path))
  }
}
