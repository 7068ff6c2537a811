//===--- FileFormat+Words.swift - choices that a file has as words --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

extension FileFormat {
  /// A word in the JSON.
  struct Word<Choice: FileWord>: Codable {
    let choice: Choice

    init(_ choice: Choice) { self.choice = choice }

    init(from decoder: any Decoder) throws {
      let word = try String(from: decoder)
      guard let choice = Choice(word: word) else {
        throw DecodingError.dataCorrupted(
          DecodingError.Context(
            codingPath: decoder.codingPath,
            debugDescription: "'\(word)' is no \(Choice.self)"))
      }
      self.choice = choice
    }

    func encode(to encoder: any Encoder) throws {
      try choice.word.encode(to: encoder)
    }
  }
}

extension StepClock: FileWord {
  var word: String {
    switch self {
    case .fromZero: "fromZero"
    case .fromOne: "fromOne"
    }
  }
}

extension UpdateForm: FileWord {
  var word: String {
    switch self {
    case .standard: "standard"
    case .simplified: "simplified"
    }
  }
}

extension MomentFormat: FileWord {
  var word: String {
    switch self {
    case .scalar: "scalar"
    case .bfloat16: "bfloat16"
    case .blockFloat16: "blockFloat16"
    case .blockFloat8: "blockFloat8"
    case .blockInt16: "blockInt16"
    case .blockInt8: "blockInt8"
    }
  }
}

extension GradientClipping.NormRule: FileWord {
  var word: String {
    switch self {
    case .optax: "optax"
    case .torch: "torch"
    }
  }
}

extension StepEngine: FileWord {
  var word: String {
    switch self {
    case .blas: "blas"
    case .fused: "fused"
    case .reference: "reference"
    }
  }
}

extension WeightFormat: FileWord {
  var word: String {
    switch self {
    case .scalar: "scalar"
    case .split32: "split32"
    case .split24: "split24"
    }
  }
}

extension StateBufferName: FileWord {
  /// The word in a group's list, and the beginning of the names of tensors.
  package var word: String {
    switch self {
    case .fast: "m1"
    case .slow: "m2"
    case .second: "nu"
    case .accumulated: "sum"
    case .compensation: "residue"
    case .correction: "correction"
    case .fastMaxima: "m1.tops"
    case .slowMaxima: "m2.tops"
    case .secondMaxima: "nu.tops"
    }
  }
}
