//===--- GPT2.swift - the tensors of a language model ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// The parameters of GPT-2 small (Radford et al., 2019): 124,439,808 in 148
/// tensors.
enum GPT2 {
  /// A tensor, and whether it has weight decay: matrices have; biases and layer
  /// norms have not.
  struct Tensor {
    let name: String
    let count: Int
    let isDecayed: Bool
  }

  private static let width = 768
  private static let vocabularyCount = 50_257
  private static let contextCount = 1_024
  private static let layerCount = 12

  static let tensors: [Tensor] = {
    var tensors = [
      Tensor(name: "wte", count: vocabularyCount * width, isDecayed: true),
      Tensor(name: "wpe", count: contextCount * width, isDecayed: true),
    ]
    func add(_ name: String, weights: Int, biases: Int, isDecayed: Bool) {
      tensors += [
        Tensor(name: "\(name).weight", count: weights, isDecayed: isDecayed),
        Tensor(name: "\(name).bias", count: biases, isDecayed: false),
      ]
    }
    func addNorm(_ name: String) {
      add(name, weights: width, biases: width, isDecayed: false)
    }
    func addMatrix(_ name: String, from inputs: Int, to outputs: Int) {
      add(name, weights: inputs * outputs, biases: outputs, isDecayed: true)
    }
    for layer in 0..<layerCount {
      addNorm("h.\(layer).ln_1")
      addMatrix("h.\(layer).attn.c_attn", from: width, to: 3 * width)
      addMatrix("h.\(layer).attn.c_proj", from: width, to: width)
      addNorm("h.\(layer).ln_2")
      addMatrix("h.\(layer).mlp.c_fc", from: width, to: 4 * width)
      addMatrix("h.\(layer).mlp.c_proj", from: 4 * width, to: width)
    }
    addNorm("ln_f")
    return tensors
  }()

  /// The tensors, all shrunk by one factor if they have more than `limit`
  /// elements in total.
  static func tensors(limit: Int) -> [Tensor] {
    let total = tensors.reduce(0) { $0 + $1.count }
    guard limit < total else { return tensors }
    let factor = Double(limit) / Double(total)
    return tensors.map {
      Tensor(
        name: $0.name, count: max(1, Int(Double($0.count) * factor)),
        isDecayed: $0.isDecayed)
    }
  }
}
