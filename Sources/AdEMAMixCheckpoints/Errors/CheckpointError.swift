//===--- CheckpointError.swift - why a checkpoint was refused -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The reason why a checkpoint was not saved or loaded.
///
///     do {
///       try optimizer.load(from: path, parameters: &parameters)
///     } catch where error.code == .settingsConflict {
///       // Load the file without keeping the settings of the code.
///     }
///
/// After an error, the optimizer, the parameters, the average and the file in
/// its folder are as before the call. There is one exception: if only flushing
/// the folder failed, the new file is already in the place of the old file.
///
/// Two errors are equal if their codes and descriptions are equal.
public struct CheckpointError: Error, Sendable, Hashable,
  CustomStringConvertible
{
  /// The kind of an error. Later versions may have more codes.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    /// The name of the code, such as `damaged`.
    public let description: String

    private init(_ name: String) { description = name }

    /// The system refused to open, read or write a file or folder.
    public static let file = Code("file")
    /// A file is not as it was written, or has the name of another step.
    public static let damaged = Code("damaged")
    /// A file is no checkpoint. A folder is none if it has no index of shards,
    /// for example because the save did not come to an end.
    public static let notACheckpoint = Code("notACheckpoint")
    /// A file is of a later version of the format than this library reads.
    public static let newerVersion = Code("newerVersion")
    /// The content of a file is no state in the file format, or the files of
    /// shards do not belong together.
    public static let malformed = Code("malformed")
    /// A file has another scalar type, other groups or tensors, or another part
    /// of the flat index space than the caller.
    public static let differentLayout = Code("differentLayout")
    /// The state of a file does not suit the settings of the code: either a
    /// setting that was to be kept, or a storage that was not to be converted.
    public static let settingsConflict = Code("settingsConflict")
    /// A file was saved without the parameters or the average that the caller
    /// asked for.
    public static let missingContent = Code("missingContent")
    /// A file has the name of a function as a schedule, and the caller has not
    /// supplied that function.
    public static let missingFunction = Code("missingFunction")
    /// A folder has checkpoints, but none of them is intact: see
    /// ``CheckpointError/damaged``.
    public static let noneIntact = Code("noneIntact")
    /// An argument breaks a rule: for example, an array has the wrong count.
    public static let invalidArgument = Code("invalidArgument")
    /// The optimizer or the average refused a state, a setting or an argument,
    /// or there is too little memory: see ``CheckpointError/underlyingError``.
    public static let invalidState = Code("invalidState")
  }

  /// The error of another module, which takes no part in comparisons.
  private struct Cause: Sendable, Hashable {
    let error: (any Error)?

    static func == (_: Self, _: Self) -> Bool { true }

    func hash(into _: inout Hasher) {}
  }

  /// The kind of the error.
  public let code: Code

  /// A sentence with the value that was found and the rule that it breaks.
  public let description: String

  /// The path of the file or folder that the error is about. `nil` for an error
  /// about an argument, and for an error about the only file of a call.
  public let path: String?

  /// The errors of the checkpoints in a folder without an intact one, each with
  /// its path, the newest first. Empty unless the code is `noneIntact`.
  public let damaged: [CheckpointError]

  private let cause: Cause

  /// The error of the module that refused the operation, a `SafeTensorsError`
  /// or an `AdEMAMixError`, or `nil`.
  public var underlyingError: (any Error)? { cause.error }

  init(
    _ code: Code, _ description: String, path: String? = nil,
    damaged: [CheckpointError] = [], cause: (any Error)? = nil
  ) {
    self.code = code
    self.description = description
    self.path = path
    self.damaged = damaged
    self.cause = Cause(error: cause)
  }
}
