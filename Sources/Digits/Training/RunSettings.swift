//===--- RunSettings.swift - the settings that runs share -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Layers

/// The settings that all runs of a comparison share.
struct RunSettings: Sendable {
  let steps: Int
  /// The number of images in a step.
  let batch: Int
  /// The standard deviation of noise that is added to the pixels of each step's
  /// images.
  var noise = 0.0
  /// The storage of the moments.
  let storage: StorageName
  let layers: PerceptronLayers
  /// The steps after which the model is evaluated, in ascending order.
  var recorded: [Int]
}
