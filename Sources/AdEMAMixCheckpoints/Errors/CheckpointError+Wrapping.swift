//===--- CheckpointError+Wrapping.swift - errors of the modules below -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

extension CheckpointError {
  /// The result of an operation on files.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw .file(.file(error))
    }
  }

  /// The result of an operation on the content of a file.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(SafeTensorsError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw .file(error)
    }
  }

  /// The result of an operation on an average.
  static func wrappingAverage<Result: ~Copyable>(
    _ body: () throws(AdEMAMixError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw .invalidAverage(error)
    }
  }

  /// The result of an operation on an optimizer.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(AdEMAMixError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw .invalidState(error)
    }
  }
}
