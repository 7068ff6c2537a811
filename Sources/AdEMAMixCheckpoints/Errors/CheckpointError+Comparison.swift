//===--- CheckpointError+Comparison.swift - files that do not suit --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix
package import SafeTensors

extension CheckpointError {
  /// The file is of another scalar type than the optimizer.
  package static func scalarType(
    _ type: TensorElementType, expected: TensorElementType
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "the checkpoint is of \(type): it must be of \(expected)")
  }

  /// The groups have other names.
  package static func groups(
    _ names: [String], expected: [String]
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "the checkpoint has groups \(names): they must be \(expected)")
  }

  /// A group has other tensors, or the same tensors in another order.
  package static func groupTensors(
    _ names: [String], expected: [String], group: String
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "the checkpoint has tensors \(names) in group '\(group)': they must be "
        + "\(expected)")
  }

  /// The tensors lie in another order.
  package static func tensorOrder(
    _ names: [String], expected: [String]
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "the checkpoint has the tensors in the order \(names): it must be "
        + "\(expected)")
  }

  /// A tensor has another shape.
  package static func shape(
    _ shape: [Int], expected: [Int], tensor: String
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "tensor '\(tensor)' has shape \(shape) in the checkpoint: it must be "
        + "\(expected)")
  }

  /// The file has another part of the flat index space.
  package static func shard(
    _ shard: Range<Int>, expected: Range<Int>
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "the checkpoint has the shard \(shard): it must be \(expected)")
  }

  /// A shard ends after this number of elements of the tensor, within a block
  /// of elements that are stored with one number for all.
  package static func shardCut(
    at count: Int, tensor: String
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "a shard ends after \(count) elements of '\(tensor)', within a block that "
        + "is stored with one number for all")
  }

  /// A group's moments are stored in other formats, and were not to be
  /// converted.
  package static func storage(
    _ storage: MomentStorage, expected: MomentStorage, group: String
  ) -> CheckpointError {
    func formats(_ storage: MomentStorage) -> String {
      "\(storage.fast), \(storage.slow), \(storage.second)"
    }
    return CheckpointError(
      .settingsConflict,
      "the checkpoint has the moments of group '\(group)' as "
        + "\(formats(storage)): they must be \(formats(expected)), or be "
        + "converted with 'keeping: .storage'")
  }

  /// The weights have another form, and were not to be converted.
  package static func weights(
    _ weights: WeightFormat, expected: WeightFormat
  ) -> CheckpointError {
    CheckpointError(
      .settingsConflict,
      "the checkpoint has weights of the form \(weights): they must be of the "
        + "form \(expected), or be converted with 'keeping: .storage'")
  }

  /// A schedule of the file is a function, of which files have the name alone.
  package static func missingFunction(
    _ name: String, of field: String
  ) -> CheckpointError {
    CheckpointError(
      .missingFunction,
      "\(field) is the function '\(name)' in the checkpoint: it must be "
        + "supplied, by the argument 'schedules' or by an optimizer that has "
        + "it")
  }

  /// A setting of the code was to be kept, but the state of the file was
  /// computed with another value of the setting: another form of the equations,
  /// or another rule for the gradients that have accumulated for a step.
  package static func cannotKeep(
    _ setting: SettingDifference, accumulatedGradients count: Int
  ) -> CheckpointError {
    CheckpointError(
      .settingsConflict,
      "cannot keep \(setting.field) (\(setting.inCode)): "
        + (count == 0
          ? "the state of the file is that of \(setting.inFile)"
          : "the file, with \(setting.inFile), is in the middle of a step, "
            + "after \(count) \(count == 1 ? "gradient" : "gradients"). Load "
            + "without keeping it, then complete or discard the step"))
  }
}
